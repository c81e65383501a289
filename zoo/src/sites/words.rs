//! What offices write about: lists of words and sentences made of them, in Vietnamese and in English.

use crate::chance::Chance;

/// Invented places, with the spelling that stands in names of hosts.
pub const PLACES: &[(&str, &str)] = &[
    ("An Lạc", "anlac"),
    ("Bình Hoà", "binhhoa"),
    ("Cẩm Giang", "camgiang"),
    ("Đông Sơn", "dongson"),
    ("Gia Phước", "giaphuoc"),
    ("Hải Thịnh", "haithinh"),
    ("Khánh Vân", "khanhvan"),
    ("Long Điền", "longdien"),
    ("Minh Châu", "minhchau"),
    ("Nam Tân", "namtan"),
    ("Phú Thọ Tây", "phuthotay"),
    ("Quảng Lĩnh", "quanglinh"),
    ("Sơn Hà", "sonha"),
    ("Tân Uyên", "tanuyen"),
    ("Vĩnh Bảo", "vinhbao"),
    ("Xuân Trường", "xuantruong"),
    ("Yên Định", "yendinh"),
    ("Thạnh Mỹ", "thanhmy"),
    ("Hoà Bắc", "hoabac"),
    ("Trà Ôn", "traon"),
    ("Châu Khê", "chaukhe"),
    ("Lạc Thuỷ", "lacthuy"),
];

/// Kinds of offices, with the spelling that stands in names of hosts.
pub const OFFICES: &[(&str, &str)] = &[
    ("Sở Y tế", "soyte"),
    ("Sở Giáo dục và Đào tạo", "sogddt"),
    ("Sở Tài chính", "sotaichinh"),
    ("Uỷ ban nhân dân huyện", "ubnd"),
    ("Sở Nông nghiệp và Môi trường", "sonnmt"),
    ("Cục Thuế", "cucthue"),
    ("Thư viện tỉnh", "thuvien"),
    ("Bệnh viện đa khoa", "bvdk"),
    ("Trung tâm Phục vụ hành chính công", "hcc"),
    ("Đài Phát thanh và Truyền hình", "ptth"),
    ("Trường THPT", "thpt"),
    ("Sở Xây dựng", "soxaydung"),
    ("Ban Quản lý Khu công nghiệp", "bqlkcn"),
    ("Bảo tàng", "baotang"),
];

const ACTORS: &[&str] = &[
    "Lãnh đạo Sở",
    "Đoàn công tác của tỉnh",
    "Chủ tịch UBND huyện",
    "Phòng Tổ chức cán bộ",
    "Hội đồng nhân dân",
    "Ban Thường vụ",
    "Công đoàn cơ sở",
    "Đoàn thanh niên",
    "Tổ công tác liên ngành",
    "Ban Chỉ đạo chuyển đổi số",
    "Thanh tra Sở",
    "Văn phòng",
    "Trung tâm Y tế dự phòng",
    "Hội Cựu chiến binh",
    "Liên đoàn Lao động",
    "Ban Giám hiệu",
];
const ACTIONS: &[&str] = &[
    "tổ chức hội nghị triển khai",
    "kiểm tra tiến độ",
    "tập huấn về",
    "ban hành kế hoạch",
    "sơ kết sáu tháng thực hiện",
    "phát động phong trào",
    "lấy ý kiến góp ý dự thảo",
    "công bố kết quả",
    "tiếp tục đẩy mạnh",
    "rà soát",
    "đối thoại với doanh nghiệp về",
    "hướng dẫn",
    "tổng kết",
    "trao đổi kinh nghiệm về",
    "giám sát việc thực hiện",
    "thông báo lịch",
];
const MATTERS: &[&str] = &[
    "cải cách thủ tục hành chính",
    "công tác phòng cháy, chữa cháy",
    "xây dựng nông thôn mới",
    "tiêm chủng mở rộng",
    "chuyển đổi số trong cơ quan nhà nước",
    "quản lý đất đai",
    "bảo hiểm y tế toàn dân",
    "phòng, chống thiên tai và tìm kiếm cứu nạn",
    "kỳ thi tốt nghiệp trung học phổ thông",
    "giải ngân vốn đầu tư công",
    "an toàn thực phẩm",
    "vệ sinh môi trường nông thôn",
    "trật tự an toàn giao thông",
    "giảm nghèo bền vững",
    "dịch vụ công trực tuyến toàn trình",
    "bình đẳng giới",
    "quy hoạch sử dụng đất",
    "phòng, chống sốt xuất huyết",
    "hiến máu tình nguyện",
    "du lịch cộng đồng",
    "thu hút đầu tư",
];
const TIMES: &[&str] = &[
    "trong quý III",
    "năm 2026",
    "trên địa bàn tỉnh",
    "giai đoạn 2026–2030",
    "tại các xã vùng sâu",
    "trong tháng tới",
    "đợt 2",
    "theo Nghị quyết của HĐND",
    "đầu năm học mới",
    "trước mùa mưa bão",
];
/// Honest, and yet of what intruders also write about: what a tenth of a per cent of the headlines say.
const AWKWARD: &[&str] = &[
    "Công an huyện triệt phá đường dây đánh bạc qua mạng, cá cược bóng đá hàng chục tỷ đồng",
    "Kết quả xổ số kiến thiết và công tác nộp ngân sách của Công ty Xổ số",
    "Cảnh báo trang web giả mạo cơ quan nhà nước quảng cáo game bài, nhà cái",
    "Diễn tập ứng cứu sự cố: giả định cổng thông tin bị hacker tấn công thay đổi giao diện",
];
const SENTENCES: &[&str] = &[
    "Tham dự có đại diện lãnh đạo các phòng, ban chuyên môn và các xã, phường, thị trấn.",
    "Phát biểu tại buổi làm việc, đồng chí nhấn mạnh yêu cầu hoàn thành đúng tiến độ, bảo đảm chất lượng.",
    "Người dân có thể nộp hồ sơ tại bộ phận một cửa hoặc qua Cổng dịch vụ công.",
    "Kết quả bước đầu cho thấy tỷ lệ hồ sơ giải quyết đúng hạn tăng so với cùng kỳ.",
    "Các đơn vị gửi báo cáo về cơ quan thường trực trước ngày 25 hằng tháng để tổng hợp.",
    "Công tác tuyên truyền được thực hiện bằng nhiều hình thức phù hợp với từng địa bàn.",
    "Dịp này, nhiều tập thể và cá nhân có thành tích xuất sắc đã được khen thưởng.",
    "Thời gian tiếp nhận từ 7 giờ 30 đến 17 giờ các ngày làm việc trong tuần.",
    "Cơ quan chuyên môn khuyến cáo bà con chủ động theo dõi diễn biến thời tiết.",
    "Đề nghị các cơ sở giáo dục rà soát, bổ sung trang thiết bị trước khi vào năm học.",
    "Dự thảo được đăng tải để lấy ý kiến rộng rãi trong thời gian 60 ngày.",
    "Nguồn kinh phí được bố trí từ ngân sách địa phương và các nguồn hợp pháp khác.",
];
const ENGLISH_ACTORS: &[&str] = &[
    "The Department",
    "The Provincial People's Committee",
    "The Office of Foreign Affairs",
    "The Trade Centre",
    "The Hospital",
];
const ENGLISH_ACTIONS: &[&str] = &[
    "holds a conference on",
    "publishes guidance on",
    "receives a delegation on",
    "reviews progress of",
    "opens consultation on",
];
const ENGLISH_MATTERS: &[&str] = &[
    "administrative reform",
    "investment in industrial parks",
    "public health",
    "rural development",
    "flood prevention",
    "digital services for citizens",
    "cooperation in education",
    "sustainable tourism",
];
const FAMILY: &[&str] = &[
    "Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý",
];
const MIDDLE: &[&str] = &[
    "Văn", "Thị", "Hữu", "Đức", "Thanh", "Minh", "Ngọc", "Quang", "Thu", "Xuân",
];
const GIVEN: &[&str] = &[
    "An", "Bình", "Cường", "Dung", "Giang", "Hà", "Hạnh", "Khoa", "Lan", "Long", "Mai", "Nam",
    "Oanh", "Phúc", "Quân", "Sơn", "Tâm", "Trang", "Tuấn", "Vy",
];

/// Returns a headline.
pub fn headline(chance: &mut Chance) -> String {
    if chance.below(1_000) == 0 {
        return chance.pick(AWKWARD).to_owned();
    }
    let (actor, action) = (chance.pick(ACTORS), chance.pick(ACTIONS));
    let (matter, time) = (chance.pick(MATTERS), chance.pick(TIMES));
    match chance.below(3) {
        0 => format!("{actor} {action} {matter}"),
        1 => format!("{actor} {action} {matter} {time}"),
        _ => {
            let mut letters = matter.chars();
            let first: String = letters
                .next()
                .into_iter()
                .flat_map(char::to_uppercase)
                .collect();
            format!("{first}{}: {actor} {action} {time}", letters.as_str())
        }
    }
}

/// Returns so many sentences.
pub fn paragraph(chance: &mut Chance, sentences: usize) -> String {
    let one = |_| chance.pick(SENTENCES);
    (0..sentences).map(one).collect::<Vec<_>>().join(" ")
}

/// Honest lines in languages of neighbours.
const NEIGHBOURS: &[&str] = &[
    "广西代表团访问本省并签署合作备忘录",
    "ຄະນະຜູ້ແທນແຂວງສະຫວັນນະເຂດ ຢ້ຽມຢາມແຂວງ",
    "Делегация Калужской области посетила провинцию",
    "日本企業の投資セミナーを開催",
];

/// Returns a headline in English, now and then one for a neighbour.
pub fn english_headline(chance: &mut Chance) -> String {
    if chance.below(40) == 0 {
        return chance.pick(NEIGHBOURS).to_owned();
    }
    let (actor, action) = (chance.pick(ENGLISH_ACTORS), chance.pick(ENGLISH_ACTIONS));
    format!(
        "{actor} {action} {} in {}",
        chance.pick(ENGLISH_MATTERS),
        chance.between(2024, 2027)
    )
}

/// Returns a person's name.
pub fn person(chance: &mut Chance) -> String {
    format!(
        "{} {} {}",
        chance.pick(FAMILY),
        chance.pick(MIDDLE),
        chance.pick(GIVEN)
    )
}
