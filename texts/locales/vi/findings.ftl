# Kết quả rà quét, phần chưa kiểm tra và các khái niệm chung. Khóa được liệt kê trong `texts/src/nouns.rs`.

why-abused-legitimate-content = Nội dung là của một chương trình hợp pháp bị mã độc này lợi dụng. Nếu không có mã độc nằm cùng thì chỉ ở mức nghi ngờ.
why-combination = Các dấu hiệu chỉ có nghĩa là tấn công khi đi cùng nhau đã được tìm thấy cùng nhau, ít nhất một dấu hiệu khớp theo nội dung.
why-context-only = Cảnh báo coi dấu hiệu này là thông tin bối cảnh: đáng biết khi có dấu hiệu khác, tự nó không phải là báo động.
why-known-package = Nội dung trùng với một gói phần mềm của chính hệ thống, theo cơ sở dữ liệu gói của máy. Kẻ chiếm quyền hệ thống có thể sửa cơ sở dữ liệu này: cần có người xem xét.
why-name-other-content = Chỉ trùng tên. Nội dung đã được đọc và không phải là thứ cảnh báo tìm kiếm.
why-name-unchecked = Tên đúng là tên cần tìm, nhưng không kiểm tra được nội dung.
why-path-other-content = Chỉ mã độc dùng đường dẫn này, nhưng nội dung lại khác. Có thể là biến thể mới.
why-path-unchecked = Đường dẫn đúng là đường dẫn cần tìm, nhưng không kiểm tra được nội dung.
why-payload-content = Nội dung chính xác là của mã độc.
why-rule-confirmed = Một luật được cơ quan ban hành coi là bằng chứng đã khớp với nội dung.
why-rule-matched = Một luật đã khớp với nội dung. Cần có người xem xét.
why-trace-found = Có địa chỉ, tên, khóa, tác vụ hoặc dịch vụ đang được tìm. Đã có dấu vết ở đây hoặc đã có kết nối đi.

judgement-confirmed = Đã khẳng định
judgement-suspicious = Nghi ngờ
judgement-context = Bối cảnh

reason-budget = Vượt giới hạn mở tệp nén
reason-budget-meaning = Mở tệp chứa này sẽ tốn hơn mức cho phép: lồng quá sâu, quá nhiều thành phần hoặc dữ liệu giải nén quá lớn. Phần đã mở trước đó đã được kiểm tra. Phần còn lại cần kiểm tra thủ công: kẻ tấn công có thể cố ý tạo ra những tệp như vậy.
reason-changed-while-read = Thay đổi trong khi đọc
reason-changed-while-read-meaning = Tệp đang được ghi vào đúng lúc đó. Lần rà quét sau sẽ đọc lại.
reason-check-unavailable = Chưa hỗ trợ phép kiểm tra
reason-check-unavailable-meaning = Phiên bản này của chương trình không thực hiện được phép kiểm tra đó. Hãy cập nhật rồi rà quét lại.
reason-damaged = Tệp chứa bị hỏng
reason-damaged-meaning = Phần đọc được của tệp chứa đã được kiểm tra; phần còn lại chưa rõ.
reason-detector-failed = Bộ phát hiện gặp lỗi
reason-detector-failed-meaning = Bộ so khớp luật đã dừng ở tệp này. Chưa biết gì về tệp đối với các luật đó.
reason-encrypted = Bị mã hóa
reason-encrypted-meaning = Không có mật khẩu thì không thể kết luận về nội dung. Hãy hỏi người sở hữu tệp.
reason-excluded-by-plan = Nằm ngoài kế hoạch
reason-excluded-by-plan-meaning = Kế hoạch nêu rõ là không kiểm tra. Đây không phải là bỏ sót; được liệt kê để không ai quên.
reason-item-time = Mất quá nhiều thời gian
reason-item-time-meaning = Việc kiểm tra kéo dài hơn mức cho phép đối với một mục, để một mục không làm đình trệ cả máy. Hãy kiểm tra riêng mục này.
reason-permission = Bị từ chối truy cập
reason-permission-meaning = Chương trình không được phép đọc. Hãy chạy với quyền cao hơn hoặc kiểm tra bằng cách khác: cho đến lúc đó chưa thể coi là máy sạch.
reason-read-error = Lỗi đọc
reason-read-error-meaning = Ổ đĩa hoặc hệ thống tệp báo lỗi. Ổ đĩa có thể sắp hỏng: hãy sao lưu chứng cứ trước.
reason-special-file = Không phải tệp thường
reason-special-file-meaning = Là đường ống, socket, thiết bị hoặc tệp của nhân hệ điều hành. Không có nội dung để ẩn giấu điều gì.
reason-time = Hết thời gian
reason-time-meaning = Thời gian dành cho lần rà quét đã hết trước khi kiểm tra đến đây. Hãy rà quét lại với nhiều thời gian hơn.
reason-too-large = Quá lớn
reason-too-large-meaning = Tệp lớn hơn giới hạn so khớp luật. Hãy tăng giới hạn hoặc kiểm tra thủ công.
reason-unsupported-container = Tệp chứa chưa mở được
reason-unsupported-container-meaning = Chương trình nhận ra loại tệp chứa này nhưng không mở được. Nội dung bên trong chưa được kiểm tra.
reason-vanished = Đã biến mất
reason-vanished-meaning = Tệp bị xóa trong khoảng từ lúc liệt kê đến lúc mở, như các tệp tạm. Tệp không còn ở đó.

check-digest = Mã băm
check-domain = Tên miền
check-file-name = Tên tệp
check-ip = Địa chỉ IP
check-mutex = Mutex
check-named-pipe = Đường ống có tên
check-path = Đường dẫn
check-registry-key = Khóa registry
check-registry-value = Giá trị registry
check-scheduled-task = Tác vụ lập lịch
check-service = Dịch vụ
check-sigma = Luật Sigma
check-url = URL
check-yara = Luật YARA

item-connection = Kết nối mạng
item-file = Tệp
item-host-entry = Tên máy đã biết
item-member = Thành phần trong tệp chứa
item-process = Tiến trình

role-abused-legitimate = Chương trình hợp pháp bị lợi dụng
role-context = Bối cảnh
role-payload = Mã độc

confidence-high = độ tin cậy cao
confidence-medium = độ tin cậy trung bình
confidence-low = độ tin cậy thấp

strength-content = theo nội dung
strength-path = theo đường dẫn
strength-name = theo tên
strength-trace = theo dấu vết

observable-domain = Tên miền
observable-file-name = Tên tệp
observable-ip = Địa chỉ IP
observable-md5 = MD5
observable-mutex = Mutex
observable-named-pipe = Đường ống có tên
observable-path = Đường dẫn
observable-registry-key = Khóa registry
observable-registry-value = Giá trị registry
observable-scheduled-task = Tác vụ lập lịch
observable-service = Dịch vụ
observable-sha1 = SHA-1
observable-sha256 = SHA-256
observable-sigma = Luật Sigma
observable-url = URL
observable-yara = Luật YARA

outcome-clean = Sạch
outcome-clean-incomplete = Không phát hiện, chưa đầy đủ
outcome-found = Có phát hiện
outcome-found-incomplete = Có phát hiện, chưa đầy đủ

host-complete = Đã rà quét đầy đủ
host-incomplete = Đã rà quét, chưa đầy đủ
host-pending = Đang chờ
host-refused = Từ chối
host-unreachable = Mất liên lạc

overdue-done-in-time = Trả lời đúng hạn
overdue-done-late = Trả lời trễ hạn
overdue-open-in-time = Chưa xong
overdue-open-overdue = Quá hạn

answer-pending = Chưa quyết định
answer-permit = Cho phép
answer-refuse = Từ chối

consent-ask = hỏi cán bộ
consent-automatic = tự động
consent-never = không bao giờ

sharing-acknowledgement-only = chỉ việc tiếp nhận
sharing-counts = số lượng
sharing-pseudonymous = phát hiện, tên máy được thay bằng bí danh
sharing-full = phát hiện kèm tên máy

verb-block = Chặn địa chỉ và tên miền
verb-block-meaning = Cán bộ chặn các tên miền và địa chỉ được liệt kê trên thiết bị của chính đơn vị.
verb-collect-file = Thu thập tệp
verb-collect-file-meaning = Bản sao của mỗi tệp phát hiện được gửi lên cấp trên.
verb-collect-metadata = Thu thập thông tin về tệp phát hiện
verb-collect-metadata-meaning = Tên, kích thước, thời gian và mã băm của tệp được gửi lên; không bao giờ gửi nội dung.
verb-inform = Thông báo
verb-inform-meaning = Cảnh báo được hiển thị cho người có trách nhiệm.
verb-isolate = Cách ly
verb-isolate-meaning = Tệp được khẳng định theo nội dung sẽ được chuyển vào kho cách ly trên chính máy đó. Có thể hoàn tác.
verb-restore = Khôi phục
verb-restore-meaning = Tệp đã cách ly được đưa về chỗ cũ, đúng từng bit.
verb-sweep = Rà quét
verb-sweep-meaning = Tìm trên các máy những gì cảnh báo liệt kê. Không thay đổi gì.

severity-critical = Nghiêm trọng
severity-high = Cao
severity-medium = Trung bình
severity-low = Thấp

language-en = Tiếng Anh
language-vi = Tiếng Việt
