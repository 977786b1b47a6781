//! Making a customer's HTML safe to show: an allow-list, inline images from our own parts only, nothing fetched from
//! outside, links that say where they go. It is shown in a sandboxed frame all the same.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use mail_parser::{MessageParser, MimeHeaders, PartType};

/// The HTML of a raw mail, made safe. `part_url` gives the address under which a part of this mail is served.
/// `None` when the mail has no HTML form.
pub fn safe_html(raw: &[u8], part_url: impl Fn(u32) -> String + Send + Sync) -> Option<String> {
    let message = MessageParser::default().parse(raw)?;
    let mut html = String::new();
    for part in message.html_bodies() {
        if let PartType::Html(body) = &part.body {
            html.push_str(body);
        }
    }
    if html.trim().is_empty() {
        return None;
    }
    let by_cid: HashMap<String, String> = message
        .parts
        .iter()
        .enumerate()
        .filter_map(|(i, part)| Some((part.content_id()?.trim_matches(['<', '>']).to_owned(), part_url(i as u32))))
        .collect();
    Some(clean(&html, by_cid))
}

#[expect(clippy::disallowed_types, reason = "ammonia takes its lists as hash sets; nothing depends on their order")]
fn clean(html: &str, by_cid: HashMap<String, String>) -> String {
    let styles: HashSet<&str> = [
        "color", "background-color", "font-weight", "font-style", "font-size", "text-align", "text-decoration", "margin",
        "padding", "border", "width", "white-space",
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
