//! `compile_dictionary AFF DIC OUT`: compiles a Hunspell dictionary to the file that `Dictionary` maps.

use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [affixes, words, out] = arguments.as_slice() else {
        eprintln!("usage: compile_dictionary AFF DIC OUT");
        return ExitCode::from(2);
    };
    let compiled = std::fs::read_to_string(affixes)
        .and_then(|affixes| Ok(knowledge::dictionary::compile(&affixes, &std::fs::read_to_string(words)?)))
        .and_then(|bytes| std::fs::write(out, bytes));
    match compiled {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
