//! `bindgen WASM DIRECTORY`: writes the JavaScript side of the interface's module beside it.
//!
//! A program of its own, so that the tasks that do not build the interface do not wait for it.

use std::process::ExitCode;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(wasm), Some(directory)) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: bindgen WASM DIRECTORY");
        return ExitCode::from(2);
    };
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    let written = bindgen
        .input_path(wasm)
        .out_name("ui")
        .typescript(false)
        .remove_name_section(true)
        .web(true)
        .and_then(|bindgen| bindgen.generate(directory));
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}
