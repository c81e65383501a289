# Các trang.

# Khung trang
web-skip = Chuyển đến nội dung
web-areas = Các mục
web-alerts = Cảnh báo
web-findings = Phát hiện
web-not-examined = Chưa kiểm tra
web-hosts = Máy
web-organisations = Đơn vị
web-refused = Văn bản từ chối
web-live = Trực tiếp
web-live-lost = Đang kết nối lại
web-wall-on = Màn hình lớn
web-wall-off = Thoát màn hình lớn
web-sign-out = Đăng xuất
web-reload = Tải lại
web-as-of = Số liệu lúc { $when }
web-pages = Các trang
web-previous = Trước
web-next = Sau
web-number = { $count }

# Đăng nhập
web-sign-in = Đăng nhập
web-sign-in-name = Họ và tên
web-sign-in-name-hint = Được ghi lại cùng mọi xác nhận và quyết định của bạn.
web-sign-in-password = Mật khẩu của nút này
web-sign-in-wrong = Mật khẩu không đúng.
web-sign-in-wait = Nhập sai mật khẩu quá nhiều lần. Hãy chờ { $count } giây.
web-sign-in-no-password = Chưa đặt mật khẩu. Trên chính máy chạy nút này, hãy chạy lệnh:

# Lỗi
web-error-not-found = Không có trang này.
web-error-not-in-force = Cảnh báo không còn hiệu lực đối với đơn vị này. Không có gì bị thay đổi.
web-error-form = Không đọc được biểu mẫu. Không có gì bị thay đổi.
web-error-officer = Hãy nhập họ và tên.
web-error-internal = Nút không trả lời được. Lý do nằm trong nhật ký của nút.
web-error-foreign-form = Biểu mẫu không còn hợp lệ. Hãy quay lại, tải lại trang rồi gửi lại. Không có gì bị thay đổi.
web-error-counts = Số máy có phát hiện lớn hơn số máy. Không có gì bị thay đổi.
web-error-no-organisation = Không có đơn vị nào trả lời tại địa chỉ này. Hãy xin đường dẫn mới.
web-error-too-large = Dữ liệu tải lên quá lớn. Hãy gửi các báo cáo thành nhiều phần.
web-error-timed-out = Mất quá nhiều thời gian. Hãy thử lại.
web-error-busy = Có quá nhiều trang đang mở. Trang này không tự cập nhật.
web-error-wrong-host = Các trang này không được phục vụ dưới tên này.
web-to-alerts = Đến danh sách cảnh báo

# Cảnh báo
web-in-force = Đang có hiệu lực
web-drills = Diễn tập
web-past = Không còn hiệu lực
web-no-alerts = Không có cảnh báo nào đang có hiệu lực.
web-drill = DIỄN TẬP
web-drill-strip = DIỄN TẬP — không tính chung với cảnh báo thật
web-drill-banner = ĐÂY LÀ DIỄN TẬP
web-drill-banner-more = Không số liệu nào ở đây được tính chung với cảnh báo thật.
web-edition = bản thứ { $count }
web-issued = Ban hành { $when }
web-deadline = Thời hạn
web-no-deadline = Không có thời hạn
web-hosts-eligible = { $count } máy
web-acknowledged = Đã xác nhận
web-acknowledged-by = { $officer } đã xác nhận
web-not-acknowledged = Đơn vị chưa xác nhận
web-waits-for-you = Chờ quyết định: { $verb }
web-state-expired = Hết hiệu lực
web-state-stale = Đã lâu không nhận được tin từ đơn vị ban hành: cảnh báo này có thể đã bị thu hồi
web-state-superseded = Đã được thay bằng bản mới hơn
web-state-withdrawn = Đã bị thu hồi

# Một cảnh báo
web-addressed = Được gửi
web-received = Đã nhận
web-overdue = Quá hạn
web-refused-sweep = { $count } đơn vị từ chối rà quét.
web-refused-isolate = { $count } đơn vị từ chối cô lập.
web-eligible = máy thuộc diện
web-see-not-examined = Những gì chưa kiểm tra, theo lý do
web-hosts-unknown = { $count } đơn vị không cho biết số máy. Đó là chưa biết, không phải là sạch.
web-hosts-found = Máy có phát hiện
web-confirmed = Xác nhận
web-suspicious = Nghi ngờ
web-isolated = Đã cô lập
web-freshness = Số liệu cũ nhất trong bảng này là { $ago }.
web-freshness-none = Chưa nhận được tin của đơn vị nào về cảnh báo này.
web-silent = Chưa nhận được tin của { $count } đơn vị.
web-decisions = Đơn vị của bạn
web-acknowledge = Xác nhận đã đọc
web-acknowledge-hint = Xác nhận rằng bạn đã đọc cảnh báo này.
web-acknowledged-own = Đã xác nhận
web-by-policy = theo quy định của đơn vị
web-permit = Cho phép
web-refuse = Từ chối
web-change-decision = Thay đổi
web-worst-first = Các đơn vị, đáng lo nhất ở trên
web-organisation = Đơn vị
web-state = Tình trạng
web-sweep = Rà quét
web-isolate = Cô lập
web-state-heard = Tình trạng, tin mới nhất
web-own = nút này
web-hosted = biểu mẫu hoặc bộ kiểm tra
web-below = thuộc { $parent }
web-never-heard = chưa có tin
web-received-only = đã nhận
web-no-hosts = không có máy
web-hosts-not-known = chưa biết
web-text = Nội dung cảnh báo
web-questions = Câu hỏi
web-proof = Chữ ký
web-authority = Đơn vị ban hành
web-signers = Người ký
web-issued-at = Ban hành
web-expires-at = Hết hiệu lực
web-received-at = Nhận tại đây
web-alert-id = Mã (SHA-256)
web-download = Tải cảnh báo đã ký
web-indicators = Dấu hiệu
web-indicator = Dấu hiệu
web-role = Vai trò
web-size = Kích thước
web-told-by = Nhận biết bằng
web-indicators-left-out = Còn { $count } dấu hiệu trong văn bản đã ký.
web-combinations = Cùng nhau thì có ý nghĩa hơn
web-within-folder = trong cùng một thư mục
web-within-host = trên cùng một máy
web-rules = Luật
web-choose-alert = Chọn cảnh báo

# Phát hiện
web-alert = Cảnh báo
web-all-alerts = Mọi cảnh báo
web-judgement = Đánh giá
web-all-judgements = Mọi đánh giá
web-filter = Hiển thị
web-filter-narrow = Chỉ hiển thị một máy hoặc một đơn vị.
web-filter-clear = Hiển thị tất cả
web-no-findings = Không phát hiện gì. Những gì chưa kiểm tra nằm ở trang riêng.
web-file = Tệp
web-host = Máy
web-why = Vì sao
web-isolation = Cô lập
web-arrived = Nhận lúc
web-isolation-failed = Không cô lập được
web-isolation-isolated = Trong kho cách ly
web-isolation-not-permitted = Không được phép
web-isolation-none = Chưa làm gì với tệp này.
web-restore-hint = Để đưa tệp về chỗ cũ, trên máy đó:
web-evidence = Chứng cứ
web-path = Đường dẫn
web-path-bytes = Các byte chính xác của đường dẫn
web-modified = Nội dung thay đổi lúc
web-not-known = không rõ
web-digests = Mã băm
web-content-not-read = Nội dung chưa được đọc.
web-bytes-exactly = { $count } byte
web-alert-says = Cảnh báo nói gì về tệp này
web-hits = Những gì khớp
web-matched = Loại
web-value = Giá trị
web-proves = Khớp
web-completes = Hoàn thành tổ hợp:

# Máy
web-outcome = Lần rà quét gần nhất
web-gaps = Chưa kiểm tra
web-answered = Trả lời lúc
web-last-seen = Liên lạc gần nhất
web-alert-on-host = đã nhận cảnh báo, chưa rà quét xong
web-host-not-addressed = Cảnh báo này không dành cho máy này.
web-never = chưa bao giờ
web-silent-host = im lặng
web-hosts-silent = { $count } máy im lặng lâu hơn thời gian chờ của nút này.
web-no-hosts-here = Chưa có máy nào gắn với nút này.

# Chưa kiểm tra
web-not-examined-lead = Chỉ gọi một máy là sạch khi không có gì ở mục đầu tiên.
web-leaves-a-gap = Còn lỗ hổng: các máy này chưa sạch
web-leaves-no-gap = Không để lại lỗ hổng
web-no-gaps = Trên các máy đã trả lời, không bỏ sót gì trong kế hoạch.
web-items = Số mục
web-examples = Ví dụ
web-by-form = nộp qua biểu mẫu
web-hosts-left-out = Còn { $count } máy nữa.

# Đơn vị
web-takes-part = Cách tham gia
web-enrolled = Đăng ký lúc
web-invited = Đã mời
web-relation-below = Cấp dưới nữa
web-relation-below-meaning = Biết tin qua đơn vị cấp trên của nó.
web-relation-child = Có nút riêng
web-relation-child-meaning = Nút của đơn vị báo cáo trực tiếp về đây.
web-relation-hosted = Biểu mẫu, bộ kiểm tra hoặc máy gắn vào đây
web-relation-hosted-meaning = Không có nút riêng, trả lời trên nút này.
web-relation-own = Nút này
web-relation-own-meaning = Các trang này là của chính đơn vị.

# Văn bản bị từ chối
web-refused-lead = Các văn bản mà nút này không chấp nhận. Mỗi văn bản bị gạt riêng ra; không ảnh hưởng gì khác.
web-no-refused = Chưa có văn bản nào bị từ chối.
web-when = Lúc
web-sender = Từ
web-kind = Loại
web-because = Lý do

# Biểu mẫu của đơn vị không có nút
web-form-lead = { $parent } đề nghị đơn vị trả lời các cảnh báo dưới đây. Địa chỉ này chỉ dành riêng cho đơn vị: hãy giữ bí mật.
web-form-no-alerts = Không có cảnh báo nào chờ đơn vị trả lời.
web-form-thanks = Đã ghi nhận câu trả lời. { $parent } đã nhìn thấy.
web-form-officer = Họ và tên
web-form-post = Chức vụ
web-form-step-acknowledge = Xác nhận
web-form-acknowledge-hint = Hãy đọc cảnh báo, sau đó cho biết đơn vị có rà quét hay không.
web-form-acknowledged = Đã xác nhận
web-form-will-sweep = Xác nhận: sẽ rà quét
web-form-will-not-sweep = Xác nhận: không rà quét
web-form-sweep-refused = Đơn vị đã trả lời là không rà quét.
web-form-step-sweep = Rà quét từng máy bằng bộ kiểm tra
web-form-sweep-hint = Đặt cảnh báo đã ký cạnh chương trình trên thẻ USB, rồi trên mỗi máy chạy lệnh:
web-form-sweep-more = Thay cho / có thể ghi thư mục nơi gắn ổ đĩa Windows. Việc rà quét không thay đổi gì.
web-form-step-answer = Trả lời
web-form-so-far = Đã trả lời
web-form-reported-hosts = Đã nộp báo cáo của:
web-form-reports = Bằng báo cáo của bộ kiểm tra
web-form-reports-hint = Mỗi máy một báo cáo. Báo cáo thứ hai của cùng một máy thay cho báo cáo đầu.
web-form-files = Tệp báo cáo
web-form-send-reports = Nộp báo cáo
web-form-reports-refused = Có báo cáo không được chấp nhận
web-form-reports-accepted = Đã chấp nhận { $count } báo cáo.
web-form-back = Về biểu mẫu
web-form-counts = Hoặc bằng số lượng
web-form-counts-hint = Bao nhiêu máy ở mỗi tình trạng. Chỉ ghi “đầy đủ” khi không bỏ sót gì.
web-form-send-counts = Gửi số liệu
