//! How rare a few bytes are in logs: which part of a name is worth looking for. An estimate; it costs speed where it is
//! wrong, never a match.

use std::collections::HashSet;

use crate::filter::{GRAM, fold};

/// Words that nearly every log is full of.
const FREQUENT_WORDS: &str = "\
    http https www. .com .net .org .info .vn/ com. net. com. .com: .com/ index .html .php .css .js? .png .jpg .gif image \
    images static assets script scripts content text/html text/plain application/json javascript mozilla/5.0 windows \
    applewebkit/537.36 chrome/ safari/ firefox/ gecko khtml, like linux x86_64 android mobile iphone compatible; msie \
    trident edge google googleapis gstatic analytics facebook twitter youtube microsoft windowsupdate update updates \
    download downloads apple icloud amazon amazonaws cloudfront cloudflare akamai akamaiedge cdn. mail. smtp imap. pop3. \
    api. server servers service services client clients query: queries response request requests status success failed \
    error errors warning notice info debug level message messages session connection connections connected closed \
    accept accepted denied allow allowed block blocked drop dropped forward outbound inbound input output source \
    destination protocol interface eth0 port user users username password login logout account host hostname domain \
    system syslog kernel daemon cron postfix/smtpd postfix/qmgr postfix/cleanup sshd[ named[ unbound squid nginx apache \
    dhcp dns. rcvd snd udp tcp_ tcp_miss tcp_hit hier_direct connect get post head put delete options true false null \
    type= time= date= action= srcip= dstip= srcport= dstport= policyid= proto= len= ttl= mac= window= urgp= res= prec= \
    january february march april june july august september october november december monday tuesday wednesday thursday \
    friday saturday sunday local localhost localdomain online support secure security portal admin office account \
    network internet public private group company services global world news shop store blog forum video music photo \
    travel hotel bank payment mobile cloud data base node test demo login sign auth token cache proxy gateway monitor";

/// Frequencies of letters in names and English, in thousandths; other bytes are told apart in [`byte_weight`].
const LETTERS: [u8; 26] = [
    82, 20, 40, 40, 110, 20, 25, 35, 75, 4, 15, 50, 32, 70, 72, 28, 2, 68, 62, 75, 32, 12, 17, 4,
    18, 5,
];

/// Judges bytes by how often logs have them.
#[derive(Debug)]
pub struct Rarity {
    frequent: HashSet<u32>,
}

impl Rarity {
    /// Makes the judge.
    pub fn new() -> Self {
        let frequent = FREQUENT_WORDS
            .split_ascii_whitespace()
            .flat_map(|word| word.as_bytes().windows(GRAM))
            .map(|gram| fold([gram[0], gram[1], gram[2], gram[3]]))
            .collect();
        Self { frequent }
    }

    /// Returns how often the gram is expected, in no unit: only to compare.
    pub fn weight(&self, gram: [u8; GRAM]) -> u64 {
        // More than four digits.
        const FREQUENT: u64 = 100_000_000;
        let product: u64 = gram.iter().map(|&byte| byte_weight(byte)).product();
        // Words and numbers are everywhere; a word with a number in it is somebody's own.
        let changes = gram.windows(2).filter(|two| is_digit_beside_letter(two));
        let estimate = product >> (3 * changes.count());
        if self.frequent.contains(&fold(gram)) {
            FREQUENT.max(estimate)
        } else {
            estimate
        }
    }
}

fn is_digit_beside_letter(two: &[u8]) -> bool {
    two.iter().any(u8::is_ascii_digit) && two.iter().any(u8::is_ascii_alphabetic)
}

/// Numbers, times and addresses fill logs: digits and what stands between them weigh more than rare letters.
fn byte_weight(byte: u8) -> u64 {
    match byte {
        b'0'..=b'2' | b'.' | b'/' | b':' | b' ' => 90,
        b'3'..=b'9' => 60,
        _ if byte.is_ascii_alphabetic() => {
            u64::from(LETTERS[usize::from(byte.to_ascii_lowercase() - b'a')])
        }
        _ => 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_words_and_numbers_weigh_more_than_odd_letters() {
        let rarity = Rarity::new();
        assert!(rarity.weight(*b"goog") > rarity.weight(*b"2016"));
        assert!(rarity.weight(*b"2016") > rarity.weight(*b"yzxq"));
        assert_eq!(rarity.weight(*b"GOOG"), rarity.weight(*b"goog"));
    }
}
