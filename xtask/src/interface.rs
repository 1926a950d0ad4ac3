//! Builds the interface: wasm by cargo, its JavaScript side by wasm-bindgen, then the files beside it.

use crate::clock::{self, Stopwatch};
use crate::command::{self, Failure, Outcome};
use crate::{npm, places, setup};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders of `assets/` that the interface shows.
const SHOWN: &[&str] = &["styles", "fonts", "sounds"];
/// What wasm-opt is told. It enables what the module says it uses; with more it writes what WebKit refuses,
/// silently: a blank page.
const SHRINK: [&str; 5] = ["-Oz", "--flatten", "--rereloop", "-Oz", "-Oz"];
/// What the module may weigh, KiB, shrunk.
const WEIGHT: u64 = 700;
/// Says from which module the interface was made, and what came of it.
const STAMP: &str = "interface-made-from";

/// `cargo xtask interface`.
pub fn task() -> Outcome {
    setup::prepare(setup::Purpose::Build)?;
    build()?;
    Ok(())
}

/// Builds what has changed and gives the folder with the result.
pub fn build() -> Outcome<PathBuf> {
    let watch = Stopwatch::start();
    let root = places::root();
    let mut cargo = command::cargo(&root);
    cargo.args(["build", "--package", "ui", "--target", "wasm32-unknown-unknown", "--profile", "interface"]);
    cargo.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", nobodys_folders());
    command::run(&mut cargo)?;
    let wasm = places::target().join("wasm32-unknown-unknown/interface/ui.wasm");
    let folder = places::folder(places::interface())?;
    let (stamp, made) = (places::made()?.join(STAMP), folder.join("ui_bg.wasm"));
    let up_to_date = std::fs::read_to_string(&stamp)
        .is_ok_and(|before| made_from(&wasm, &made).is_ok_and(|now| now == before));
    if !up_to_date {
        module(&wasm, &folder)?;
        std::fs::write(&stamp, made_from(&wasm, &made)?)?;
        println!("Interface built in {}", clock::readable(watch.elapsed()));
    }
    copy_beside(&root, &folder)?;
    Ok(folder)
}

/// Fails when the module of a built interface weighs more than a desk should wait for. Unshrunk it is not judged.
pub fn fits(folder: &Path) -> Outcome {
    let weight = std::fs::metadata(folder.join("ui_bg.wasm"))?.len() / 1024;
    println!("   {weight} KiB");
    if npm::available() && weight >= WEIGHT {
        return Err(Failure(format!("the interface weighs {weight} KiB; it shall be below {WEIGHT}")));
    }
    Ok(())
}

/// Each place that can panic carries its file's path: the builder's folders are nobody's business and weigh
/// kilobytes. The tree's own are relative already.
fn nobodys_folders() -> String {
    let told = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = told.or_else(|| Some(std::env::home_dir()?.join(".cargo")));
    let registry = home.map(|home| home.join("registry/src"));
    let indexes = registry.iter().flat_map(std::fs::read_dir).flatten().flatten();
    let folders = indexes.map(|entry| entry.path().display().to_string());
    let flags = folders.filter(|folder| !folder.contains(' '));
    flags.map(|folder| format!("--remap-path-prefix={folder}/=")).collect::<Vec<_>>().join(" ")
}

/// Whether wasm-opt was at hand, and how it is called, is part of it: the module is made anew when that changes.
fn made_from(wasm: &Path, made: &Path) -> Outcome<String> {
    let mut text = format!("{} {SHRINK:?} {}\n", npm::BINARYEN, npm::available());
    for file in [wasm, made] {
        let about = std::fs::metadata(file)?;
        let changed = about.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        text.push_str(&format!("{} {} {}\n", file.display(), about.len(), changed.as_nanos()));
    }
    Ok(text)
}

fn module(wasm: &Path, folder: &Path) -> Outcome {
    let mut build = command::cargo(&places::root());
    build.args(["build", "--package", "xtask", "--bin", "bindgen", "--features", "bindgen"]);
    command::run(&mut build)?;
    command::run(Command::new(places::target().join("debug/bindgen")).arg(wasm).arg(folder))?;
    if npm::available() {
        shrink(&folder.join("ui_bg.wasm"))
    } else {
        println!(
            "The interface is left larger than it could be: wasm-opt comes through npm, which is not here."
        );
        Ok(())
    }
}

fn shrink(module: &Path) -> Outcome {
    let tools = npm::install(npm::BINARYEN)?.join("binaryen/bin");
    let before = std::fs::metadata(module)?.len();
    let run = |tool: &str, arguments: &[&str]| {
        let mut node = Command::new("node");
        node.arg(tools.join(tool)).args(arguments).arg(module).arg("-o").arg(module);
        command::quiet(&mut node)
    };
    let graph = places::made()?.join("interface-exports.json");
    let script = std::fs::read_to_string(module.with_file_name("ui.js"))?;
    std::fs::write(&graph, called(&script).to_string())?;
    run("wasm-metadce", &[&format!("--graph-file={}", graph.display())])?;
    run("wasm-opt", &SHRINK)?;
    println!("wasm-opt: {} KiB of {} KiB", std::fs::metadata(module)?.len() / 1024, before / 1024);
    Ok(())
}

/// Which exports the script calls, as wasm-metadce wants to be told; what only the others need goes. Never
/// called: the streams of a library that the interface has no part of, exported all the same.
fn called(script: &str) -> serde_json::Value {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let names: BTreeSet<&str> = script
        .split("wasm.")
        .skip(1)
        .filter_map(|after| after.split(|c| !word(c)).next())
        .filter(|name| !name.is_empty() && !name.contains("intounderlying"))
        .collect();
    let exports = names.iter().map(|name| json!({ "name": name, "export": name }));
    let outside = json!({ "name": "the script", "root": true, "reaches": &names });
    exports.chain([outside]).collect()
}

fn copy_beside(root: &Path, folder: &Path) -> Outcome {
    for script in ["code.js", "boot.js"] {
        copy(&root.join("ui").join(script), &folder.join(script))?;
    }
    let page = std::fs::read_to_string(root.join("ui/index.html"))?;
    let texts = |tag: &str| std::fs::read_to_string(root.join(format!("ui/locales/{tag}.json")));
    let page = with_texts(&with_texts(&page, "sv", &texts("sv")?)?, "en", &texts("en")?)?;
    write(page.as_bytes(), &folder.join("index.html"))?;
    for shown in SHOWN {
        let base = root.join("assets").join(shown);
        for file in places::files_below(&base) {
            if let Ok(inside) = file.strip_prefix(&base) {
                copy(&file, &folder.join(shown).join(inside))?;
            }
        }
    }
    Ok(())
}

/// The page with the texts of the language `tag`, in the order in which the module counts them: by key, without
/// those that are shown elsewhere (`ui/build.rs`).
fn with_texts(page: &str, tag: &str, texts: &str) -> Outcome<String> {
    let texts: BTreeMap<String, String> = serde_json::from_str(texts)?;
    let shown = texts
        .into_iter()
        .filter(|(key, _)| !["notification.", "page."].iter().any(|begin| key.starts_with(begin)))
        .map(|(_, text)| text);
    // No text ends the element that holds it.
    let list = serde_json::to_string(&shown.collect::<Vec<_>>())?.replace('<', "\\u003c");
    let place = format!("id=\"{tag}\">[]<");
    if page.matches(&place).count() != 1 {
        return Err(Failure(format!("ui/index.html has no one place for the texts of {tag}")));
    }
    Ok(page.replace(&place, &format!("id=\"{tag}\">{list}<")))
}

fn copy(from: &Path, to: &Path) -> Outcome {
    write(&std::fs::read(from)?, to)
}

fn write(content: &[u8], to: &Path) -> Outcome {
    if std::fs::read(to).is_ok_and(|already| already == content) {
        return Ok(());
    }
    if let Some(folder) = to.parent() {
        places::folder(folder.to_path_buf())?;
    }
    Ok(std::fs::write(to, content)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_carries_the_texts_of_a_language_by_key_and_none_of_them_ends_it() {
        let texts = r#"{"b.two": "Two", "a.one": "</script>", "notification.call": "A call"}"#;
        let page = with_texts("<p></p><script id=\"sv\">[]</script>", "sv", texts).unwrap();
        assert_eq!(page, "<p></p><script id=\"sv\">[\"\\u003c/script>\",\"Two\"]</script>");
        assert!(with_texts(&page, "en", texts).is_err());
    }

    #[test]
    fn what_the_script_calls_stays_and_the_streams_of_nobody_go() {
        let script =
            "wasm.__wbindgen_start(); const m = wasm.memory.buffer; wasm.intounderlyingsink_close(p);";
        let graph = called(script);
        assert_eq!(
            graph.as_array().and_then(|all| all.last()),
            Some(&json!({ "name": "the script", "root": true, "reaches": ["__wbindgen_start", "memory"] }))
        );
    }
}
