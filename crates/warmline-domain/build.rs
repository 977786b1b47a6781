//! Lists the phrases that ship, so that a new file is part of the library by being there.
#![allow(clippy::disallowed_methods, clippy::disallowed_types)] // The build reads files; the domain does not.

use std::path::Path;

fn main() {
    let here = std::env::var("CARGO_MANIFEST_DIR").unwrap();
    let folder = Path::new(&here).join("phrases");
    println!("cargo:rerun-if-changed={}", folder.display());
    let mut files = Vec::new();
    for topic in std::fs::read_dir(&folder).unwrap() {
        for file in std::fs::read_dir(topic.unwrap().path()).unwrap() {
            files.push(file.unwrap().path());
        }
    }
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let key = file.strip_prefix(&folder).unwrap().with_extension("");
        let key = key.to_str().unwrap().replace('\\', "/");
        list.push_str(&format!("    ({key:?}, include_str!({:?})),\n", file.display().to_string()));
    }
    list.push_str("]\n");
    let out = std::env::var("OUT_DIR").unwrap();
    std::fs::write(Path::new(&out).join("phrases.rs"), list).unwrap();
}
