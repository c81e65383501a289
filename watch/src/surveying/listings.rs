//! Listings that servers make of a folder's files: of Apache, nginx, lighttpd, IIS and others of their kind.

use pages::{PageModel, UseKind};

use super::addresses::{Own, Whose, without_question};

/// Files of one folder that are looked at.
const ENTRIES_MAX: usize = 5_000;
/// How the titles and headings of listings begin, in lower case.
const HEADINGS: [&str; 5] = [
    "index of /",
    "directory listing for /",
    "directory listing of /",
    "directory: /",
    "listing of /",
];
/// How they call the folder around.
const PARENTS: [&str; 5] = [
    "../",
    "..",
    "parent directory",
    "parent directory/",
    "[to parent directory]",
];

/// Returns the paths of what stands in a folder, where the page that it answers with is a listing.
pub(super) fn read_listing(page: &PageModel, folder: &str, own: &Own) -> Option<Vec<String>> {
    let heads = |text: &str| {
        let text = text.trim().to_lowercase();
        HEADINGS.iter().any(|heading| text.starts_with(heading))
    };
    let lines = || page.lines().take(40).map(str::trim);
    // IIS calls it "host - /folder/".
    let is_of_iis = page.title.trim_end().ends_with(&format!(" - {folder}"));
    let has_heading = heads(&page.title) || lines().any(heads) || is_of_iis;
    let has_parent = lines().any(|line| {
        let line = line.to_lowercase();
        PARENTS
            .iter()
            .any(|parent| line == *parent || line.starts_with(&format!("{parent} ")))
    });
    let (children, others) = children_of(page, folder, own);
    let is_all_children = others == 0 && !children.is_empty();
    let is_listing = (has_heading && (has_parent || is_all_children))
        || (has_parent && is_all_children && children.len() >= 3);
    is_listing.then_some(children)
}

/// Returns what the links of a page lead to in the folder, and how many lead elsewhere than there, to itself (ordered
/// otherwise) or outwards.
fn children_of(page: &PageModel, folder: &str, own: &Own) -> (Vec<String>, usize) {
    let mut children: Vec<String> = Vec::new();
    let mut others = 0;
    for link in page.uses.iter().filter(|one| one.kind == UseKind::Link) {
        let Whose::Own(path) = own.whose(&link.url) else {
            others += 1;
            continue;
        };
        let plain = without_question(&path);
        if folder.starts_with(plain) {
            continue;
        }
        match plain.strip_prefix(folder) {
            Some(_) => {
                if children.len() < ENTRIES_MAX && !children.contains(&path) {
                    children.push(path);
                }
            }
            None => others += 1,
        }
    }
    (children, others)
}

#[cfg(test)]
mod tests {
    use pages::{Limits, Source, parse};

    use super::*;

    fn listing(markup: &str) -> Option<Vec<String>> {
        let url = "https://so.example.gov.vn/upload/";
        let source = Source {
            url,
            content_type: Some("text/html"),
            body: markup.as_bytes(),
            style_sheets: &[],
        };
        let own = Own::of(url).unwrap();
        read_listing(&parse(&source, &Limits::default()), "/upload/", &own)
    }

    /// As each of them writes it when its module for listings is on.
    const APACHE: &str = r#"<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN"><html><head><title>Index of /upload</title></head><body>
<h1>Index of /upload</h1><table><tr><th valign="top"><img src="/icons/blank.gif" alt="[ICO]"></th><th><a href="?C=N;O=D">Name</a></th><th><a href="?C=M;O=A">Last modified</a></th></tr>
<tr><td valign="top"><img src="/icons/back.gif" alt="[PARENTDIR]"></td><td><a href="/">Parent Directory</a></td><td>&nbsp;</td></tr>
<tr><td valign="top"><img src="/icons/folder.gif" alt="[DIR]"></td><td><a href="2026/">2026/</a></td><td align="right">2026-07-01 08:12  </td></tr>
<tr><td valign="top"><img src="/icons/text.gif" alt="[TXT]"></td><td><a href="x.html">x.html</a></td><td align="right">2026-07-01 08:12  </td></tr></table>
<address>Apache/2.4.62 (Debian) Server at so.example.gov.vn Port 443</address></body></html>"#;
    const NGINX: &str = "<html>\r\n<head><title>Index of /upload/</title></head>\r\n<body>\r\n<h1>Index of /upload/</h1><hr><pre><a href=\"../\">../</a>\r\n\
<a href=\"2026/\">2026/</a>                      01-Jul-2026 08:12                   -\r\n<a href=\"x.html\">x.html</a>         01-Jul-2026 08:12    14336\r\n</pre><hr></body>\r\n</html>\r\n";
    const LIGHTTPD: &str = r#"<!DOCTYPE html><html><head><title>Index of /upload/</title><style>a{color:#08c}</style></head><body><h2>Index of /upload/</h2><div class="list">
<table summary="Directory Listing"><thead><tr><th class="n">Name</th></tr></thead><tbody><tr class="d"><td class="n"><a href="../">..</a>/</td><td class="m">&nbsp;</td></tr>
<tr class="d"><td class="n"><a href="2026/">2026</a>/</td></tr><tr><td class="n"><a href="x.html">x.html</a></td><td class="s">14.0K</td></tr></tbody></table></div>
<div class="foot">lighttpd/1.4.76</div></body></html>"#;
    const IIS: &str = "<html><head><title>so.example.gov.vn - /upload/</title></head><body><H1>so.example.gov.vn - /upload/</H1><hr>\r\n\r\n<pre><A HREF=\"/\">[To Parent Directory]</A><br><br> \
7/1/2026  8:12 AM        &lt;dir&gt; <A HREF=\"/upload/2026/\">2026</A><br> 7/1/2026  8:12 AM        14336 <A HREF=\"/upload/x.html\">x.html</A><br></pre><hr></body></html>";

    #[test]
    fn listings_of_four_servers_are_read() {
        for markup in [APACHE, NGINX, LIGHTTPD, IIS] {
            let expected = ["/upload/2026/", "/upload/x.html"].map(ToOwned::to_owned);
            assert_eq!(listing(markup), Some(expected.to_vec()), "{markup}");
        }
    }

    #[test]
    fn a_listing_of_nothing_is_still_one_and_pages_are_none() {
        let empty = "<title>Index of /upload/</title><h1>Index of /upload/</h1><pre><a href=../>../</a></pre>";
        assert_eq!(listing(empty), Some(Vec::new()));
        for page in [
            "<title>Thư viện ảnh</title><a href=/upload/a.html>a</a><a href=/upload/b.html>b</a><a href=/upload/c.html>c</a>",
            "<title>Index of /upload/</title><p>Tin tức</p><a href=/tin>x</a>",
            "<h1>Văn bản</h1><a href=../>Parent directory of all</a><a href=/tin>x</a>",
            "",
        ] {
            assert_eq!(listing(page), None, "{page}");
        }
    }
}
