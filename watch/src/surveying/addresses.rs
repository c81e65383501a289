//! Addresses: whose they are, in which folder something stands, what its name says of it, and what words are in it.

use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::site::registrable;

/// Bytes of a path with its question that is looked at.
const PATH_BYTES_MAX: usize = 1_000;
/// Folders inside each other.
const FOLDERS_MAX: usize = 12;
/// Pieces of a question that tell visits apart and not pages.
const OF_VISITS: [&str; 9] = [
    "fbclid",
    "gclid",
    "jsessionid",
    "phpsessid",
    "sessionid",
    "sid",
    "utm_campaign",
    "utm_medium",
    "utm_source",
];

/// The site that is surveyed.
#[derive(Clone, Debug)]
pub(super) struct Own {
    /// Scheme, host and port.
    pub(super) origin: String,
    root: Url,
    host: String,
    domain: Option<String>,
}

/// Whose an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// The site's: the path, with the question.
    Own(String),
    /// Another host of whoever registered the site's domain.
    Neighbour,
    /// Somebody else's: the host.
    Foreign(String),
    /// Nobody's on the web: mail, scripts, own networks, what cannot be read.
    Nobody,
}

/// What something is by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Sort {
    /// A picture, a film, an archive, something that pages load.
    File,
    /// A document, in which links and words may stand as on a page; or a page under the name of one.
    Document,
    /// A page that a server makes with a program.
    Program,
    /// A page, or nothing that a name would say.
    Page,
    /// A folder.
    Folder,
}

impl Own {
    /// Returns the site of an address.
    pub(super) fn of(url: &str) -> Option<Self> {
        let root = Url::parse(url).ok()?;
        if !matches!(root.scheme(), "http" | "https") {
            return None;
        }
        let host = bare(root.host_str()?);
        Some(Self {
            origin: root.origin().ascii_serialization(),
            domain: registrable(url),
            root,
            host,
        })
    }

    /// Returns the address of a path of the site. Joining would lead away where a path begins with two strokes.
    pub(super) fn url_of(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// Tells whose an address is that stands on a page of the site. Scheme and port do not matter: site maps are often made with
    /// others than those by which the site is reached.
    pub(super) fn whose(&self, address: &str) -> Whose {
        let Ok(url) = self.root.join(address.trim()) else {
            return Whose::Nobody;
        };
        if !matches!(url.scheme(), "http" | "https") {
            return Whose::Nobody;
        }
        let Some(host) = url.host_str() else {
            return Whose::Nobody;
        };
        if bare(host) == self.host {
            return path_of(&url).map_or(Whose::Nobody, Whose::Own);
        }
        // Names without a dot and bare addresses are left behind by developers, not by intruders.
        let is_name = matches!(url.host(), Some(Host::Domain(name)) if name.trim_end_matches('.').contains('.'));
        if !is_name {
            Whose::Nobody
        } else if registrable(url.as_str()) == self.domain {
            Whose::Neighbour
        } else {
            Whose::Foreign(bare(host))
        }
    }
}

/// Returns a host as it is compared: in lower case, without `www.`.
pub(super) fn bare(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.strip_prefix("www.")
        .map_or(host.clone(), str::to_owned)
}

fn path_of(url: &Url) -> Option<String> {
    let mut path = url.path().to_owned();
    let question = url.query().unwrap_or_default();
    let is_of_visit = |piece: &&str| {
        let name = piece.split('=').next().unwrap_or_default();
        OF_VISITS.iter().any(|one| name.eq_ignore_ascii_case(one))
    };
    let pieces: Vec<&str> = question
        .split('&')
        .filter(|piece| !piece.is_empty() && !is_of_visit(piece))
        .collect();
    if !pieces.is_empty() {
        path.push('?');
        path.push_str(&pieces.join("&"));
    }
    (path.len() <= PATH_BYTES_MAX).then_some(path)
}

/// Returns a path without its question.
pub(super) fn without_question(path: &str) -> &str {
    path.split('?').next().unwrap_or_default()
}

/// Returns the folder in which something stands, with strokes at both ends.
pub(super) fn folder_of(path: &str) -> &str {
    let path = without_question(path);
    path.rfind('/').map_or("/", |at| &path[..=at])
}

/// Returns a folder and those around it, the innermost first, without the root.
pub(super) fn folders_around(path: &str) -> impl Iterator<Item = &str> {
    let mut folder = folder_of(path);
    let next = move || {
        let current = folder;
        let inner = current.strip_suffix('/')?;
        folder = &inner[..=inner.rfind('/')?];
        (current.len() > 1).then_some(current)
    };
    std::iter::from_fn(next).take(FOLDERS_MAX)
}

/// Returns what something is by its name.
pub(super) fn sort_of(path: &str) -> Sort {
    let path = without_question(path);
    if path.ends_with('/') {
        return Sort::Folder;
    }
    let name = path.rsplit('/').next().unwrap_or_default();
    let ending = match name.rsplit_once('.') {
        Some((_, ending)) => ending.to_ascii_lowercase(),
        None => return Sort::Page,
    };
    match ending.as_str() {
        "php" | "php3" | "php4" | "php5" | "php7" | "phtml" | "phar" | "asp" | "aspx" | "ashx"
        | "asmx" | "jsp" | "jspx" | "cfm" | "cgi" | "pl" | "py" => Sort::Program,
        "pdf" | "doc" | "docx" | "txt" | "svg" => Sort::Document,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "avif" | "bmp" | "ico" | "tif" | "tiff"
        | "mp3" | "wav" | "mp4" | "avi" | "mov" | "wmv" | "flv" | "webm" | "xls" | "xlsx"
        | "ppt" | "pptx" | "odt" | "ods" | "rtf" | "csv" | "zip" | "rar" | "7z" | "gz" | "tar"
        | "exe" | "apk" | "css" | "js" | "mjs" | "map" | "json" | "woff" | "woff2" | "ttf"
        | "eot" | "swf" | "xml" | "ics" => Sort::File,
        _ => Sort::Page,
    }
}

/// Tells whether a folder is one into which a site's owners put pictures and documents, by the names that common systems use:
/// of `WordPress`, Joomla, Drupal, `DotNetNuke`, Liferay, `NukeViet`, `vBulletin`, Laravel, `CKFinder` and their kin.
pub(super) fn is_for_uploads(path: &str) -> bool {
    let folder = folder_of(path).to_ascii_lowercase();
    let pieces = folder.split('/').any(|piece| {
        matches!(
            piece,
            "upload"
                | "uploads"
                | "uploaded"
                | "uploadfile"
                | "uploadfiles"
                | "userfiles"
                | "userfile"
                | "userimages"
                | "attachment"
                | "attachments"
                | "customavatars"
                | "images"
                | "image"
                | "img"
                | "pictures"
                | "photos"
                | "media"
                | "files"
                | "filemanager"
                | "fileman"
                | "storage"
                | "tmp"
                | "temp"
                | "cache"
                | "avatars"
        )
    });
    pieces || folder.starts_with("/portals/") || folder.starts_with("/documents/")
}

/// Returns the words of an address: its path with everything between words made a space.
pub(super) fn words_of(path: &str) -> String {
    let decoded = percent_decode_str(path).decode_utf8_lossy();
    let is_between = |letter: char| !letter.is_alphanumeric();
    let words: Vec<&str> = decoded
        .split(is_between)
        .filter(|word| !word.is_empty())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_the_sites_own_whatever_scheme_or_port_it_is_written_with() {
        let own = Own::of("https://www.syt.hatinh.gov.vn/trang-chu").unwrap();
        let path = |text: &str| Whose::Own(text.to_owned());
        assert_eq!(
            own.whose("http://syt.hatinh.gov.vn:8080/a?b=1#c"),
            path("/a?b=1")
        );
        assert_eq!(own.whose("/a?utm_source=x&PHPSESSID=1"), path("/a"));
        assert_eq!(
            own.whose("//syt.hatinh.gov.vn//evil.example/"),
            path("//evil.example/")
        );
        assert_eq!(
            own.url_of("//evil.example/"),
            "https://www.syt.hatinh.gov.vn//evil.example/"
        );
        assert_eq!(own.whose("https://sgd.hatinh.gov.vn/"), Whose::Neighbour);
        assert_eq!(
            own.whose("https://hatinh.gov.vn.evil.example/"),
            Whose::Foreign("hatinh.gov.vn.evil.example".to_owned())
        );
        for nobody in [
            "mailto:a@b.c",
            "javascript:x",
            "http://localhost/a",
            "http://10.0.0.1/",
            "http://[",
            "data:,x",
        ] {
            assert_eq!(own.whose(nobody), Whose::Nobody, "{nobody}");
        }
    }

    #[test]
    fn folders_are_told_with_those_around_them() {
        let folders: Vec<&str> = folders_around("/uploads/2026/07/a.png?x=/y/").collect();
        assert_eq!(
            folders,
            ["/uploads/2026/07/", "/uploads/2026/", "/uploads/"]
        );
        for (path, folder) in [
            ("/", "/"),
            ("", "/"),
            ("/a", "/"),
            ("/a/", "/a/"),
            ("//a", "//"),
        ] {
            assert_eq!(folder_of(path), folder, "{path}");
        }
        assert_eq!(folders_around(&"/a".repeat(400)).count(), FOLDERS_MAX);
    }

    #[test]
    fn words_of_an_address_are_those_of_a_text() {
        assert_eq!(
            words_of("/tin-tuc/b%C3%B3ng_%C4%91%C3%A1-24.7.html?id=3"),
            "tin tuc bóng đá 24 7 html id 3"
        );
    }
}
