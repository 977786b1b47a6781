//! Bundles the scripts and styles with esbuild and puts them into the program.

use std::fmt::Write as _;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;

const FILES: &[(&str, &str)] = &[
    ("app.js", "text/javascript; charset=utf-8"),
    ("chat.js", "text/javascript; charset=utf-8"),
    ("help.js", "text/javascript; charset=utf-8"),
    ("app.css", "text/css; charset=utf-8"),
    ("mail.css", "text/css; charset=utf-8"),
];

fn main() {
    // Asked for when it runs: a target folder shared between checkouts keeps this program, not the place it was built in.
    let package = std::env::var("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR");
    let frontend = Path::new(&package).join("frontend");
    let sources = std::fs::read_dir(frontend.join("src")).expect("the scripts' sources are there");
    let sources = sources.filter_map(|entry| Some(entry.ok()?.path()));
    for watched in
        ["src", "package.json", "package-lock.json", "build.mjs"].map(|f| frontend.join(f)).into_iter().chain(sources)
    {
        println!("cargo:rerun-if-changed={}", watched.display());
    }
    if !frontend.join("node_modules").exists() {
        npm(&frontend, &["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    }
    npm(&frontend, &["run", "--silent", "build"]);

    let mut list = String::from("const ASSETS: &[(&str, &str, &[u8])] = &[\n");
    let mut version = DefaultHasher::new();
    for (name, media_type) in FILES {
        let path = frontend.join("dist").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{} was not built: {e}", path.display()));
        bytes.hash(&mut version);
        writeln!(list, "    ({name:?}, {media_type:?}, include_bytes!({:?})),", path.display().to_string()).unwrap();
    }
    list.push_str("];\n");
    writeln!(list, "pub(crate) const VERSION: &str = \"{:016x}\";", version.finish()).unwrap();
    let out = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    std::fs::write(Path::new(&out).join("assets.rs"), list).expect("OUT_DIR can be written");
}

fn npm(folder: &Path, arguments: &[&str]) {
    let status = Command::new("npm").args(arguments).current_dir(folder).status();
    match status {
        Ok(status) if status.success() => {}
        Ok(_) => panic!("npm {} failed in {}", arguments.join(" "), folder.display()),
        Err(e) => panic!("npm cannot be run ({e}); install Node.js 20 or newer, it bundles the pages' scripts"),
    }
}
