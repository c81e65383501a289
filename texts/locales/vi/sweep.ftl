# Báo cáo rà quét, dạng văn bản và dạng trang.
report-title = Báo cáo rà quét
report-alert = Cảnh báo
report-version = phiên bản { $version }
report-host = Máy
report-when = { $started }, { $duration }
report-roots = Phạm vi rà quét
duration-under-a-second = dưới 1 giây
duration-seconds = { $small } giây
duration-minutes = { $large } phút { $small } giây
duration-hours = { $large } giờ { $small } phút
report-unsigned = DỰ THẢO CHƯA KÝ: chỉ để chạy thử
report-signatures-unchecked = chưa kiểm tra chữ ký: dùng --root để kiểm tra
report-exercise = DIỄN TẬP. Đây là diễn tập, không phải sự cố thật.

outcome-line-clean = SẠCH: rà quét đầy đủ, không phát hiện gì
outcome-line-clean-incomplete = CHƯA THỂ COI LÀ SẠCH: không phát hiện gì, nhưng chưa kiểm tra hết
outcome-line-found = CÓ PHÁT HIỆN, rà quét đầy đủ
outcome-line-found-incomplete = CÓ PHÁT HIỆN, và chưa kiểm tra hết

outcome-meaning-clean = Mọi tệp thuộc kế hoạch đã được kiểm tra và không có gì thuộc diện cảnh báo tìm kiếm.
outcome-meaning-clean-incomplete = Không phát hiện gì trong phần đã kiểm tra được. Phải kiểm tra nốt phần chưa kiểm tra trước khi coi máy này là sạch.
outcome-meaning-found = Trên máy này có thứ mà cảnh báo tìm kiếm. Các phát hiện dưới đây cho biết đó là gì, ở đâu và chắc chắn đến mức nào.
outcome-meaning-found-incomplete = Trên máy này có thứ mà cảnh báo tìm kiếm, và phần chưa kiểm tra có thể còn nữa.

tile-confirmed = đã khẳng định
tile-suspicious = nghi ngờ
tile-not-examined = chưa kiểm tra
tile-examined = tệp đã duyệt

line-examined = Đã kiểm tra
line-found = Phát hiện
line-not-examined = Chưa kiểm tra
line-plan = Theo kế hoạch
line-self-test = Tự kiểm tra
line-outside = Ngoài rà quét

examined-value = { $files } tệp trong { $folders } thư mục, { $size }; đã đọc nội dung { $read } tệp ({ $read_size })
found-nothing = không có
found-counts = { $confirmed } đã khẳng định, { $suspicious } nghi ngờ
found-context = { $context } đáng lưu ý
examined-other = { $kind }: { $count }
not-examined-nothing = không có
not-examined-page = trang { $page }/{ $pages }, tổng cộng { $total }
not-examined-part = { $count } × { $reason }
plan-archives-closed = tệp nén được kiểm tra như một tệp; nội dung bên trong chưa được kiểm tra
plan-digest-by-name = mã băm chỉ được tìm dưới đúng tên tệp, vì cảnh báo không nêu dung lượng: { $indicators }
self-test-value = { $passed }/{ $total } phép kiểm tra hoạt động trên máy này
self-test-failures = không hoạt động: { $checks }
self-test-untested = không tạo được mẫu thử: { $checks }
outside-value = { $values } (để ngăn chặn trên mạng; không tìm chúng trong tệp)

heading-findings = Các phát hiện
heading-not-examined = Chưa kiểm tra
heading-checks = Các phép kiểm tra
findings-left-out = và { $count } phát hiện khác không liệt kê ở đây
finding-hits-left-out = và { $count } trùng khớp khác
examples-left-out = và { $count } mục khác
finding-file = { $size }, sửa lần cuối { $when }
finding-package = thuộc gói { $package } theo cơ sở dữ liệu của hệ thống
finding-isolated = đã cách ly; khôi phục bằng lệnh: tocsin quarantine restore { $vault }
finding-isolation-not-permitted = chưa cách ly: đơn vị không cho phép
finding-isolation-failed = chưa cách ly được: { $reason }
finding-together = hoàn thành tổ hợp { $combination }

checks-meaning = Mỗi hàng cộng lại bằng tổng số tệp đã duyệt.
check-indicator = Đối tượng tìm
check-kind = Cách kiểm tra
check-hits = Trùng khớp
check-absent-by-metadata = Không phải, theo tên hoặc dung lượng
check-absent-by-content = Không phải, theo nội dung
check-outside-plan = Ngoài kế hoạch
check-not-examined = Chưa kiểm tra

sweep-interrupted = Đang dừng: báo cáo sẽ ghi rõ phần còn lại. Nhấn Ctrl-C lần nữa để kết thúc ngay, không có báo cáo.
progress-paused = Tạm dừng theo ngân sách đã đặt
progress-paused-on-battery = Tạm dừng khi máy đang chạy bằng pin
progress-paused-under-pressure = Tạm dừng khi máy đang bận việc khác
progress-counting = { $items } tệp, đã đọc { $bytes }
progress-of = { $items }/~{ $estimated } tệp, đã đọc { $bytes }, còn ~{ $left }
