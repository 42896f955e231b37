//! `vhsm object`: lists, shows and deletes objects.

use std::sync::Arc;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::attribute_text;
use super::choose;
use super::confirm::Confirmation;
use super::context::Context;
use super::failure::{Failure, Outcome};
use super::find::{Found, Which};
use super::output::{self, Output};
use crate::ck::{ObjectHandle, to_ulong};
use crate::object::Object;

/// `vhsm object`
#[derive(Clone, Debug, Subcommand)]
pub(super) enum ObjectCommand {
    /// List objects
    List(Which),
    /// Show objects with their attributes
    Show(Which),
    /// Delete objects
    Delete(DeleteArguments),
}

/// `vhsm object delete`
#[derive(Clone, Debug, Args)]
pub(super) struct DeleteArguments {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    confirmation: Confirmation,
}

/// Does what the command says.
pub(super) fn run(command: &ObjectCommand, context: &Context) -> Outcome {
    match command {
        ObjectCommand::List(which) => list(&which.find(context)?, context.output),
        ObjectCommand::Show(which) => show(&which.find(context)?, context.output),
        ObjectCommand::Delete(arguments) => delete(arguments, context),
    }
}

/// Shows the sound objects; the first damaged one is the command's failure.
fn list(found: &Found, to: Output) -> Outcome {
    let (sound, damaged): (Vec<_>, Vec<_>) = found.objects().partition(Result::is_ok);
    list_sound(found, &sound.into_iter().flatten().collect::<Vec<_>>(), to)?;
    match damaged.into_iter().find_map(Result::err) {
        Some(failure) => Err(failure),
        None => Ok(()),
    }
}

fn list_sound(found: &Found, objects: &[(ObjectHandle, Arc<Object>)], to: Output) -> Outcome {
    if to == Output::Json {
        let members = |object: &Object| attribute_text::summary_json(object, &found.uri(object).to_string());
        return Ok(output::json(
            &objects
                .iter()
                .map(|(_, object)| members(object))
                .collect::<Vec<_>>(),
        )?);
    }
    if objects.is_empty() {
        return Ok(output::text("no objects")?);
    }
    let row = |object: &Object| {
        let mut row = attribute_text::summary(object);
        row.push(found.uri(object).to_string());
        row
    };
    let rows = objects.iter().map(|(_, object)| row(object));
    Ok(output::table(&["class", "type", "label", "id", "uri"], rows)?)
}

fn show(found: &Found, to: Output) -> Outcome {
    let objects = found.objects().collect::<Result<Vec<_>, _>>()?;
    if objects.is_empty() {
        return Err(Failure::absent("no object fits", "`vhsm object list` shows all"));
    }
    if to == Output::Json {
        let members = |object: &Object| attribute_text::full_json(object, &found.uri(object).to_string());
        return Ok(output::json(
            &objects
                .iter()
                .map(|(_, object)| members(object))
                .collect::<Vec<_>>(),
        )?);
    }
    for (at, (_, object)) in objects.iter().enumerate() {
        if at > 0 {
            output::text("")?;
        }
        output::text(&found.uri(object).to_string())?;
        output::pairs(&attribute_text::full(object))?;
    }
    Ok(())
}

fn delete(arguments: &DeleteArguments, context: &Context) -> Outcome {
    let uri = arguments.which.uri()?;
    if uri.object.is_none() && uri.id.is_none() && uri.class.is_none() {
        let remedy = "name objects by label, --id, --class or URI; `vhsm token delete` deletes a whole token";
        return Err(Failure::new("no object is named", remedy));
    }
    let found = arguments.which.find(context)?;
    let objects = found.objects().collect::<Result<Vec<_>, _>>()?;
    let what = match objects.as_slice() {
        [] => return Err(Failure::absent("no object fits", "`vhsm object list` shows all")),
        [(_, object)] => format!("delete {}", found.uri(object)),
        [_, ..] => format!(
            "delete {} objects of token {:?}",
            objects.len(),
            choose::label(&found.token)
        ),
    };
    arguments.confirmation.ask(&what)?;
    let progress = progress(objects.len());
    for (handle, _) in &objects {
        found.module.destroy_object(found.session, *handle)?;
        progress.inc(1);
    }
    progress.finish_and_clear();
    let uris: Vec<_> = objects
        .iter()
        .map(|(_, object)| found.uri(object).to_string())
        .collect();
    match context.output {
        Output::Json => output::json(&uris)?,
        Output::Text => uris
            .iter()
            .try_for_each(|uri| output::text(&format!("deleted {uri}")))?,
    }
    Ok(())
}

/// Progress on the standard error; nothing where that is no terminal.
fn progress(objects: usize) -> ProgressBar {
    let bar = ProgressBar::new(to_ulong(objects));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} deleted") {
        bar.set_style(style);
    }
    bar
}
