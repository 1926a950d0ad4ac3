//! Generates the shell's permissions: the window may call what is named here, and nothing else.

fn main() {
    let manifest = tauri_build::AppManifest::new().commands(&["rpc", "ready"]);
    let attributes = tauri_build::Attributes::new().app_manifest(manifest);
    if let Err(error) = tauri_build::try_build(attributes) {
        println!("cargo::error={error:#}");
    }
}
