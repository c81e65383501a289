# Báo cáo rà quét, dạng văn bản và dạng trang.
report-title = Báo cáo rà quét
report-alert = Cảnh báo
report-version = phiên bản { $version }
report-host = Máy
report-when = { $started }, { $duration }
report-roots = Phạm vi rà quét
report-unsigned = DỰ THẢO CHƯA KÝ: chỉ để chạy thử
report-signatures-unchecked = chưa kiểm tra chữ ký: dùng --root để kiểm tra
report-exercise = DIỄN TẬP. Đây là diễn tập, không phải sự cố thật.

outcome-line-clean = SẠCH: rà quét đầy đủ, không phát hiện gì
outcome-line-clean-incomplete = CHƯA THỂ COI LÀ SẠCH: không phát hiện gì, nhưng chưa kiểm tra hết
outcome-line-found = CÓ PHÁT HIỆN, rà quét đầy đủ
outcome-line-found-incomplete = CÓ PHÁT HIỆN, và chưa kiểm tra hết

line-examined = Đã kiểm tra
line-found = Phát hiện
line-not-examined = Chưa kiểm tra
line-plan = Theo kế hoạch
line-outside = Ngoài rà quét

examined-value = { $files } tệp trong { $folders } thư mục, { $size }; đã đọc nội dung { $read } tệp ({ $read_size })
found-nothing = không có
found-counts = { $confirmed } đã xác nhận, { $suspicious } đáng ngờ
found-context = { $context } đáng lưu ý
not-examined-nothing = không có
plan-digest-by-name = { $indicator }: mã băm chỉ được tìm dưới đúng tên tệp, vì cảnh báo không nêu dung lượng
outside-value = { $values } (tên miền và địa chỉ là để ngăn chặn; không tìm chúng trong tệp)

heading-findings = Các phát hiện
heading-not-examined = Chưa kiểm tra
heading-checks = Các phép kiểm tra
findings-left-out = và { $count } phát hiện khác không liệt kê ở đây
examples-left-out = và { $count } mục khác
finding-file = { $size }, sửa lần cuối { $when }
finding-isolated = đã cách ly; khôi phục bằng lệnh: tocsin quarantine restore { $vault }
finding-isolation-not-permitted = chưa cách ly: đơn vị không cho phép
finding-isolation-failed = chưa cách ly được: { $reason }
finding-together = hoàn thành tổ hợp { $combination }

check-line = { $hits } trùng khớp, { $absent } không có (trong đó { $content } đã đối chiếu nội dung), { $plan } ngoài kế hoạch, { $gaps } chưa kiểm tra

progress-counting = { $items } tệp, đã đọc { $bytes }
progress-of = { $items } trong khoảng { $estimated } tệp, đã đọc { $bytes }, còn khoảng { $left }
