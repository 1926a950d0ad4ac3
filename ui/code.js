// Fetched and compiled from the first line of the page on, beside the styles, the font and the module.
window.svarsplatsCode = WebAssembly.compileStreaming(fetch("ui_bg.wasm"));
