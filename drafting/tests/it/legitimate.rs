//! Names that exist: a check that refuses them would teach officers to accept everything.

use crate::case::{read_as, refusals};

/// State bodies, banks, companies, services and networks, in Vietnam and abroad.
const NAMES: &[&str] = &[
    // State bodies and schools of Vietnam
    "mic.gov.vn",
    "mot.gov.vn",
    "mof.gov.vn",
    "moh.gov.vn",
    "moet.gov.vn",
    "mps.gov.vn",
    "vanban.chinhphu.vn",
    "dichvucong.gov.vn",
    "baohiemxahoi.gov.vn",
    "customs.gov.vn",
    "gdt.gov.vn",
    "thuedientu.gdt.gov.vn",
    "hanoi.gov.vn",
    "hochiminhcity.gov.vn",
    "danang.gov.vn",
    "sotttt.hanoi.gov.vn",
    "vncert.gov.vn",
    "ais.gov.vn",
    "ncsc.gov.vn",
    "caa.gov.vn",
    "vnu.edu.vn",
    "hust.edu.vn",
    "uit.edu.vn",
    "vnuhcm.edu.vn",
    "ptit.edu.vn",
    "mta.edu.vn",
    "portal.vnpt.vn",
    "vneid.gov.vn",
    "sbv.gov.vn",
    "toaan.gov.vn",
    // Banks
    "www.vietcombank.com.vn",
    "vcbdigibank.vietcombank.com.vn",
    "www.bidv.com.vn",
    "ebank.tpb.vn",
    "www.techcombank.com.vn",
    "online.acb.com.vn",
    "www.vpbank.com.vn",
    "ebanking.vietinbank.vn",
    "www.sacombank.com.vn",
    "www.mbbank.com.vn",
    "www.agribank.com.vn",
    "www.hdbank.com.vn",
    "www.vib.com.vn",
    "www.seabank.com.vn",
    "netbank.shb.com.vn",
    "www.commbank.com.au",
    "www.netbank.com.au",
    "www.combank.net",
    "www.comdirect.de",
    "www.hsbc.com.vn",
    "www.shinhan.com.vn",
    "infoplus.vietcombank.com.vn",
    // Companies and news of Vietnam
    "www.vnexpress.net",
    "e.vnexpress.net",
    "video.vnexpress.net",
    "mail.viettel.vn",
    "www.viettel.com.vn",
    "cdn.network.vn",
    "www.vnpt.com.vn",
    "hanoi.vnpt.vn",
    "www.vietnamairlines.com.vn",
    "www.vietjetair.com",
    "www.bambooairways.com",
    "www.vietnamairport.vn",
    "www.fpt.com.vn",
    "shop.fpt.vn",
    "www.bkav.com.vn",
    "home.bkav.com",
    "www.cmcsoft.com",
    "tuoitre.vn",
    "thanhnien.vn",
    "dantri.com.vn",
    "vietnamnet.vn",
    "infonet.vietnamnet.vn",
    "www.vneconomy.vn",
    "kenh14.vn",
    "zingnews.vn",
    "baomoi.com",
    "www.vnreview.vn",
    "www.pavietnam.vn",
    "www.matbao.net",
    "www.netnam.vn",
    "speedtest.netnam.vn",
    "vinahost.vn",
    "www.tiki.vn",
    "shopee.vn",
    "www.lazada.vn",
    "www.thegioididong.com",
    "momo.vn",
    "www.vnpay.vn",
    "sandbox.vnpayment.vn",
    "www.evn.com.vn",
    "www.petrovietnam.vn",
    "www.vinamilk.com.vn",
    "www.vingroup.net",
    "www.masangroup.com",
    "nettruyen.com",
    "www.bizfly.vn",
    "cloud.bizweb.vn",
    "bizflycloud.vn",
    "www.vnetwork.vn",
    "www.infogate.vn",
    "www.vnnic.vn",
    "www.vnpost.vn",
    // Networks, services and companies abroad
    "www.comcast.net",
    "xfinity.comcast.net",
    "business.comcast.net",
    "login.microsoftonline.com",
    "outlook.office365.com",
    "download.windowsupdate.com",
    "raw.githubusercontent.com",
    "d111111abcdef8.cloudfront.net",
    "e1234.dscb.akamaiedge.net",
    "a248.e.akamai.net",
    "my-bucket.s3.ap-southeast-1.amazonaws.com",
    "storage.googleapis.com",
    "fonts.gstatic.com",
    "cdn.jsdelivr.net",
    "cdnjs.cloudflare.com",
    "unpkg.com",
    "registry.npmjs.org",
    "static.crates.io",
    "docs.rs",
    "deb.debian.org",
    "security.ubuntu.com",
    "archive.ubuntu.com",
    "mirror.centos.org",
    "www.netflix.com",
    "api.netflix.com",
    "my.netgear.com",
    "www.netapp.com",
    "support.netapp.com",
    "kb.netgear.com",
    "dl.netease.com",
    "mail.netease.com",
    "www.network-tools.com",
    "news.netcraft.com",
    "www.infoworld.com",
    "blog.infosecinstitute.com",
    "csp.infoblox.com",
    "www.infosys.com",
    "career.infosys.com",
    "www.informatica.com",
    "docs.informatica.com",
    "www.infineon.com",
    "www.organicfacts.net",
    "www.organization.org",
    "my.organization.org",
    "www.business.com",
    "tools.bizjournals.com",
    "www.bizrate.com",
    "www.commerce.gov",
    "www.community.org",
    "forum.community.com",
    "www.compaq.com",
    "ftp.compaq.com",
    "www.computer.org",
    "ieee.computer.org",
    "secure.comodo.com",
    "ocsp.comodoca.com",
    "www.comscore.com",
    "data.comscore.com",
    "en.comic-con.org",
    "www.comicbook.com",
    "shop.commvault.com",
    "www.netsuite.com",
    "system.netsuite.com",
    "app.netlify.app",
    "docs.netlify.com",
    "www.netscape.com",
    "home.netscape.com",
    "www.orgsync.com",
    "www.executive.com",
    "www.exelon.com",
    "my.exeter.ac.uk",
    "www.system76.com",
    "www.sysinternals.com",
    "live.sysinternals.com",
    "my.dllgroup.com",
    "www.dll-files.com",
    "www.kaspersky.com",
    "update.eset.com",
    "www.virustotal.com",
    "otx.alienvault.com",
    "www.cert.org",
    "www.us-cert.gov",
    "www.jpcert.or.jp",
    "www.kisa.or.kr",
    "www.bbc.co.uk",
    "news.bbc.co.uk",
    "www.gov.uk",
    "www.service.gov.uk",
    "www.nhk.or.jp",
    "www.yahoo.co.jp",
    "www.naver.com",
    "www.taobao.com",
    "www.alibabacloud.com",
    "www.tencent.com",
    "www.huawei.com",
    "www.samsung.com",
    "www.lge.com",
    "www.sony.net",
    "www.boeing.com",
    "www.airbus.com",
    "www.icao.int",
    "www.iata.org",
    "www.sita.aero",
    "www.star.aero",
    "www.skyteam.com",
    "www.amadeus.com",
    "www.sabre.com",
    "bücher.de",
    "example.onion",
    "my.home.xyz",
    "www.nic.vn",
    "ns1.vdc.vn",
    "smtp.zimbra.com.vn",
    "autodiscover.outlook.com",
];

#[test]
fn no_legitimate_name_is_refused_as_damaged() {
    assert!(NAMES.len() >= 150);
    let mut wrong = Vec::new();
    for name in NAMES {
        let reading = read_as("a.txt", &format!("Số: 1/TEST\nTên miền: {name}\n"));
        wrong.extend(refusals(&reading));
    }
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        NAMES.len(),
        wrong.join("\n")
    );
}

#[test]
fn together_they_are_not_refused_either() {
    let list = NAMES
        .iter()
        .fold(String::new(), |text, name| format!("{text}- {name}\n"));
    let reading = read_as("a.txt", &format!("Số: 1/TEST\nChặn các tên miền:\n{list}"));
    assert_eq!(refusals(&reading), [""; 0]);
    assert_eq!(
        reading.draft.expect("a draft").indicators.len(),
        NAMES.len()
    );
}

#[test]
fn the_words_of_a_letter_are_no_indicators() {
    let text = "Số: 1/TEST\n\
        Kính gửi: Sở TT&TT TP.HCM, ông Nguyễn V.A, phòng P.KT, v.v.\n\
        Ứng dụng viết bằng ASP.NET và Node.js, phiên bản 3.5.1, ngày 05/8/2016, lúc 16:00:30, tỷ lệ 3.50.\n\
        Mã CVE-2016-0189, GUID 6f9619ff-8b86-d011-b42d-00cf4fc964ff, điện thoại 024.3640.4421.\n\
        Chi tiết xem tại website www.vncert.gov.vn hoặc thư điện tử ir@vncert.gov.vn.\n\
        Nhóm DOMAIN\\user và/hoặc bộ phận CNTT.\n\
        Chặn: evil-site[.]net\n";
    let reading = read_as("a.txt", text);
    assert_eq!(refusals(&reading), [""; 0]);
    let draft = reading.draft.expect("a draft");
    let labels: Vec<&str> = draft
        .indicators
        .iter()
        .map(|indicator| indicator.label.as_str())
        .collect();
    assert_eq!(labels, ["Node.js", "evil-site.net"]);
    let passed: Vec<&str> = reading
        .passed
        .iter()
        .map(|passed| passed.value.as_str())
        .collect();
    assert_eq!(
        passed,
        [
            "TP.HCM",
            "P.KT",
            "ASP.NET",
            "www.vncert.gov.vn",
            "ir@vncert.gov.vn",
            "DOMAIN\\user"
        ]
    );
}
