import init from "./ui.js";

// Read anew where it could not be compiled while it came.
const code = await window.svarsplatsCode.catch(() => new URL("./ui_bg.wasm", import.meta.url));
await init({ module_or_path: code });
