// Asked for before the module that takes it has been read.
const code = fetch(new URL("./ui_bg.wasm", import.meta.url));
const { default: init } = await import("./ui.js");
await init({ module_or_path: code });
