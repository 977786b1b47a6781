//! The file: pages, faces, the title, and what is attached (ISO 32000-1).

use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use pdf_writer::types::{AssociationKind, CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Filter, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::face::Used;
use crate::layout::{NAMES, Pages};
use crate::{Attachment, Document};

const SYSTEM: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Gives each object of the file its number.
struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

pub(crate) fn file(document: &Document, pages: Pages) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree, info) = (numbers.next(), numbers.next(), numbers.next());
    let faces: Vec<Ref> = pages.faces.into_iter().map(|used| face(&mut pdf, &mut numbers, used)).collect();
    let (width, height) = document.size.points();
    let mut kids = Vec::new();
    for content in pages.contents {
        let (page, stream) = (numbers.next(), numbers.next());
        kids.push(page);
        let packed = deflated(&content);
        pdf.stream(stream, &packed).filter(Filter::FlateDecode);
        let mut page = pdf.page(page);
        page.media_box(Rect::new(0.0, 0.0, width, height)).parent(tree).contents(stream);
        let mut resources = page.resources();
        let mut fonts = resources.fonts();
        for (name, face) in NAMES.iter().zip(&faces) {
            fonts.pair(*name, *face);
        }
    }
    let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(kids).count(count);
    pdf.document_info(info).title(TextStr(&document.title)).producer(TextStr("Warmline"));
    let attached = document.attachment.as_ref().map(|a| (attach(&mut pdf, &mut numbers, a), a));
    let mut root = pdf.catalog(catalog);
    root.pages(tree).lang(TextStr(&document.language));
    root.viewer_preferences().display_doc_title(true);
    if let Some((spec, attachment)) = attached {
        root.names().embedded_files().names().insert(Str(attachment.name.as_bytes()), spec);
        root.insert(Name(b"AF")).array().item(spec);
    }
    root.finish();
    pdf.finish()
}

fn attach(pdf: &mut Pdf, numbers: &mut Numbers, attachment: &Attachment) -> Ref {
    let (file, spec) = (numbers.next(), numbers.next());
    // As it is, without packing: whoever checks the file finds it by looking.
    let mut embedded = pdf.embedded_file(file, &attachment.bytes);
    embedded.subtype(Name(attachment.media_type.as_bytes()));
    embedded.params().size(i32::try_from(attachment.bytes.len()).unwrap_or(i32::MAX));
    embedded.finish();
    let mut named = pdf.file_spec(spec);
    named.path(Str(attachment.name.as_bytes())).unic_file(TextStr(&attachment.name));
    named.description(TextStr(&attachment.description)).association_kind(AssociationKind::Source);
    named.embedded_file_with_unicode(file);
    spec
}

/// A composite font (ISO 32000-1 §9.7) whose codes are the letters' own numbers.
fn face(pdf: &mut Pdf, numbers: &mut Numbers, used: Used) -> Ref {
    let (whole, letters, about, data, says) =
        (numbers.next(), numbers.next(), numbers.next(), numbers.next(), numbers.next());
    // Six letters before the name say that it is a part of the face (§9.6.4).
    let name = format!("WARMLN+{}", used.name);
    pdf.type0_font(whole)
        .base_font(Name(name.as_bytes()))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(letters)
        .to_unicode(says);
    let mut cid = pdf.cid_font(letters);
    cid.subtype(CidFontType::Type2).base_font(Name(name.as_bytes())).system_info(SYSTEM).font_descriptor(about);
    cid.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
    cid.widths().consecutive(0, used.widths.iter().copied());
    cid.finish();
    let [left, bottom, right, top] = used.bounds;
    pdf.font_descriptor(about)
        .name(Name(name.as_bytes()))
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(used.ascent)
        .descent(used.descent)
        .cap_height(used.capitals)
        .stem_v(if used.bold { 150.0 } else { 90.0 })
        .font_file2(data);
    let packed = deflated(&used.data);
    let mut stream = pdf.stream(data, &packed);
    stream.filter(Filter::FlateDecode);
    stream.pair(Name(b"Length1"), i32::try_from(used.data.len()).unwrap_or(i32::MAX));
    stream.finish();
    let mut cmap = UnicodeCmap::new(Name(b"Custom"), SYSTEM);
    used.says.iter().for_each(|(glyph, c)| cmap.pair(*glyph, *c));
    let cmap = cmap.finish();
    pdf.cmap(says, &cmap);
    whole
}

fn deflated(bytes: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(bytes).expect("memory takes what is written");
    packed.finish().expect("memory takes what is written")
}
