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
report-signatures-unchecked = chưa xác minh chữ ký: thêm tùy chọn --root để xác minh
report-exercise = DIỄN TẬP. Đây là diễn tập, không phải sự cố thật.

outcome-line-clean = SẠCH: rà quét đầy đủ, không phát hiện gì
outcome-line-clean-incomplete = CHƯA THỂ KẾT LUẬN LÀ SẠCH: chưa phát hiện gì, nhưng chưa kiểm tra hết
outcome-line-found = CÓ PHÁT HIỆN, rà quét đầy đủ
outcome-line-found-incomplete = CÓ PHÁT HIỆN, và chưa kiểm tra hết

outcome-meaning-clean = Mọi tệp thuộc kế hoạch đã được kiểm tra và không có thứ nào mà cảnh báo yêu cầu tìm.
outcome-meaning-clean-incomplete = Chưa phát hiện gì trong phần đã kiểm tra. Phải kiểm tra nốt phần còn lại rồi mới được kết luận máy này sạch.
outcome-meaning-found = Trên máy này có thứ mà cảnh báo yêu cầu tìm. Các phát hiện dưới đây cho biết đó là gì, nằm ở đâu và chắc chắn đến mức nào.
outcome-meaning-found-incomplete = Trên máy này có thứ mà cảnh báo yêu cầu tìm, và trong phần chưa kiểm tra có thể còn nữa.

tile-confirmed = đã khẳng định
tile-suspicious = nghi ngờ
tile-not-examined = chưa kiểm tra
tile-examined = tệp đã duyệt

line-examined = Đã kiểm tra
line-found = Phát hiện
line-not-examined = Chưa kiểm tra
line-plan = Theo kế hoạch
line-self-test = Tự kiểm tra
line-outside = Ngoài phạm vi

examined-value = { $files } tệp trong { $folders } thư mục, { $size }; đã đọc nội dung { $read } tệp ({ $read_size })
found-nothing = không có
found-counts = { $confirmed } đã khẳng định, { $suspicious } nghi ngờ
found-context = { $context } đáng lưu ý
examined-other = { $kind }: { $count }
not-examined-nothing = không có
not-examined-page = trang { $page }/{ $pages }, tổng cộng { $total }
not-examined-part = { $count } × { $reason }
plan-archives-closed = tệp nén chỉ được kiểm tra như một tệp; nội dung bên trong chưa được kiểm tra
plan-digest-by-name = mã băm chỉ được đối chiếu với các tệp mang đúng tên, vì cảnh báo không nêu dung lượng: { $indicators }
self-test-value = { $passed }/{ $total } phép kiểm tra hoạt động trên máy này
self-test-failures = không hoạt động: { $checks }
self-test-untested = không tạo được mẫu thử: { $checks }
outside-value = { $values } (để ngăn chặn trên mạng; không tìm trong tệp)

heading-findings = Các phát hiện
heading-not-examined = Chưa kiểm tra
heading-checks = Các phép kiểm tra
findings-left-out = và { $count } phát hiện khác không liệt kê ở đây
finding-hits-left-out = và { $count } trùng khớp khác
examples-left-out = và { $count } mục khác
finding-file = { $size }, sửa lần cuối { $when }
finding-package = thuộc gói { $package } theo cơ sở dữ liệu gói của hệ thống
finding-isolated = đã cách ly; muốn khôi phục, chạy lệnh: tocsin quarantine restore { $vault }
finding-isolation-not-permitted = chưa cách ly: đơn vị không cho phép
finding-isolation-failed = không cách ly được: { $reason }
finding-together = cùng với các tệp khác tạo đủ tổ hợp { $combination }

checks-meaning = Mỗi hàng cộng lại bằng tổng số tệp đã duyệt.
check-indicator = Đối tượng tìm kiếm
check-kind = Cách kiểm tra
check-hits = Trùng khớp
check-absent-by-metadata = Loại trừ theo tên hoặc dung lượng
check-absent-by-content = Loại trừ theo nội dung
check-outside-plan = Ngoài kế hoạch
check-not-examined = Chưa kiểm tra

sweep-interrupted = Đang dừng: báo cáo sẽ nêu rõ phần chưa kiểm tra. Nhấn Ctrl-C lần nữa để thoát ngay mà không có báo cáo.
progress-paused = Đang tạm dừng theo hạn mức tài nguyên đã đặt
progress-paused-on-battery = Đang tạm dừng vì máy đang chạy bằng pin
progress-paused-under-pressure = Đang tạm dừng để nhường máy cho việc khác
progress-counting = { $items } tệp, đã đọc { $bytes }
progress-of = { $items }/~{ $estimated } tệp, đã đọc { $bytes }, còn ~{ $left }
