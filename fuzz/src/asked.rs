//! Targets of what people and nodes ask for in words: values of an alert, rules, invitations and certificates.

use domain::Observable;

use crate::targets::Parser;

/// Every kind of observable.
const KINDS: [&str; 15] = [
    "md5",
    "sha1",
    "sha256",
    "domain",
    "file-name",
    "ip",
    "mutex",
    "named-pipe",
    "path",
    "registry-key",
    "registry-value",
    "scheduled-task",
    "service",
    "url",
    "nothing",
];

/// Each line as a value of every kind, and as what is looked through for it.
pub fn observables() -> Parser {
    Box::new(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let made = text.lines().take(32).flat_map(|line| {
            KINDS
                .iter()
                .filter_map(move |kind| Observable::new(kind, line).ok())
        });
        let made: Vec<Observable> = made.collect();
        for one in &made {
            let again = Observable::new(one.kind(), &one.value());
            assert_eq!(again.as_ref(), Ok(one), "a value comes back as it was");
            match one {
                Observable::Path(pattern) => {
                    let _ = (pattern.sample(), pattern.file_name());
                }
                Observable::Domain(pattern) => {
                    let _ = pattern.matches(&text);
                }
                Observable::RegistryKey(text) | Observable::RegistryValue(text) => {
                    for pattern in [
                        artefacts::RegistryPattern::parse_key(text),
                        artefacts::RegistryPattern::parse_value(text),
                    ] {
                        let _ = pattern.map(|pattern| pattern.sample());
                    }
                }
                _ => {}
            }
        }
        let sought: Vec<(usize, &Observable)> = made.iter().enumerate().collect();
        let _ = artefacts::Matcher::new(&sought);
        search_logs(&made, bytes);
    })
}

fn search_logs(made: &[Observable], bytes: &[u8]) {
    let what = |observable: &Observable| match observable.clone() {
        Observable::Digest(digest) => Some(logs::What::Digest(digest)),
        Observable::Domain(domain) => Some(logs::What::Domain(domain)),
        Observable::Network(network) => Some(logs::What::Network(network)),
        Observable::Url(url) => Some(logs::What::Url(url)),
        _ => None,
    };
    let sought: Vec<logs::Sought> = made
        .iter()
        .enumerate()
        .filter_map(|(id, observable)| {
            Some(logs::Sought {
                id,
                what: what(observable)?,
            })
        })
        .collect();
    let patterns = logs::LogPatterns::new(&sought);
    let mut search = patterns.search();
    search.start(None);
    search.push(bytes);
    let _ = search.finish();
}

/// A rule, and the sample that proves it: what holds for the sample is found in it.
pub fn sigma() -> Parser {
    Box::new(|bytes| {
        let text = String::from_utf8_lossy(bytes);
        let _ = events::check(&text);
        let source = events::RuleSource {
            id: "s",
            text: &text,
        };
        if let Ok(rules) = events::compile(&[source]) {
            for (_, proof) in rules.self_test() {
                assert!(!matches!(proof, events::Proof::Fails(_)), "{proof:?}");
            }
        }
    })
}

/// What a parent hands over or answers before it is known, and what a child says of itself.
pub fn link() -> Parser {
    let key = documents::SigningKey::from_seed(&[7; 32]);
    Box::new(move |bytes| {
        let text = String::from_utf8_lossy(bytes);
        if let Ok(invitation) = text.parse::<link::Invitation>() {
            let again: Result<link::Invitation, _> = invitation.to_token().parse();
            assert!(again.is_ok_and(|again| again.urls() == invitation.urls()));
        }
        let _ = documents::SigningKey::from_pkcs8_der(bytes);
        let _ = text.parse::<link::Fingerprint>();
        let _ = link::Fingerprint::of_pem(&text);
        let _ = link::CertificateAuthority::from_pem(&text, &text);
        let _ = link::Identity::new(key.clone(), &text);
        let _ = serde_json::from_slice::<link::Peer>(bytes);
        let _ = serde_json::from_slice::<Vec<link::DocumentAnswer>>(bytes);
    })
}
