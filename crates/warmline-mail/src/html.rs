//! Making a customer's HTML safe to show: an allow-list, inline images from our own parts only, nothing fetched from
//! outside, links that say where they go. It is shown in a sandboxed frame all the same.

#![expect(clippy::disallowed_types, reason = "ammonia takes its lists as hash sets; nothing depends on their order")]

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use base64::Engine;
use mail_parser::{MimeHeaders, PartType};

use crate::parsed::{media_type, parsed};

/// HTML beyond this is not shown as designed; its text is.
const HTML_BYTES: usize = 2 * 1024 * 1024;
/// Inline images of one mail together. They are put into the page itself, because the frame it is shown in may fetch
/// nothing, not even from us.
const IMAGE_BYTES: usize = 8 * 1024 * 1024;
const IMAGES: &[&str] = &["image/png", "image/jpeg", "image/gif", "image/webp"];

/// The HTML of a raw mail, made safe. `None` when the mail has no HTML form, or one beyond all measure.
pub fn safe_html(raw: &[u8]) -> Option<String> {
    let message = parsed(raw).ok()?;
    let mut html = String::new();
    for part in message.html_bodies() {
        if let PartType::Html(body) = &part.body {
            html.push_str(body);
        }
    }
    if html.trim().is_empty() || html.len() > HTML_BYTES {
        return None;
    }
    let mut room = IMAGE_BYTES;
    let mut by_cid = HashMap::new();
    for part in &message.parts {
        let Some(id) = part.content_id() else { continue };
        let media_type = media_type(part);
        let bytes = part.contents();
        if IMAGES.contains(&media_type.as_str()) && bytes.len() <= room {
            room -= bytes.len();
            let url = format!("data:{media_type};base64,{}", base64::engine::general_purpose::STANDARD.encode(bytes));
            by_cid.insert(id.trim_matches(['<', '>']).to_owned(), url);
        }
    }
    Some(clean(&html, by_cid))
}

fn clean(html: &str, by_cid: HashMap<String, String>) -> String {
    let styles: HashSet<&str> = [
        "color",
        "background-color",
        "font-weight",
        "font-style",
        "font-size",
        "text-align",
        "text-decoration",
        "margin",
        "padding",
        "border",
        "width",
        "white-space",
    ]
    .into();
    let mut cleaner = ammonia::Builder::default();
    cleaner
        .add_generic_attributes(["style", "align", "dir"])
        .add_tag_attributes("table", ["border", "cellpadding", "cellspacing", "width"])
        .add_tag_attributes("td", ["width", "valign", "colspan", "rowspan"])
        .filter_style_properties(styles)
        .url_schemes(["http", "https", "mailto", "tel", "cid"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .set_tag_attribute_value("a", "target", "_blank")
        .attribute_filter(move |element, attribute, value| match (element, attribute) {
            ("img", "src") => {
                let id = value.strip_prefix("cid:")?;
                by_cid.get(id).map(|url| Cow::Owned(url.clone()))
            }
            (_, "href") if value.starts_with("cid:") => None,
            // A style may not fetch either.
            (_, "style") if value.to_lowercase().contains("url(") => None,
            _ => Some(Cow::Borrowed(value)),
        });
    cleaner.clean(html).to_string()
}
