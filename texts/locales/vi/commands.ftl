# Nội dung các lệnh in ra.
lint-passed = không có giá trị nào bị từ chối, { $warnings } lưu ý
lint-refused = { $refused } giá trị bị từ chối, { $warnings } lưu ý: hãy sửa giá trị bị từ chối hoặc đối chiếu với bản gốc
sign-refused = dự thảo bị từ chối; chưa ký gì

show-alert = Cảnh báo
show-exercise = Diễn tập
show-title = Trích yếu
show-severity = Mức độ
show-issued = Ban hành
show-deadline = Thời hạn
show-expires = Hết hiệu lực
show-asks = Yêu cầu
show-seeks = Tìm kiếm
show-counts = { $indicators } dấu hiệu, { $rules } tập luật
show-within-folder = cùng trong một thư mục
show-within-host = cùng trên một máy
show-unverified = ({ $signatures } chữ ký, chưa được kiểm tra ở đây)
show-unshown = { $indicator }: { $kind } { $value }

beside-source = Nguồn: { $file }
beside-draft = Trong dự thảo
beside-taken = dự thảo có giá trị này
beside-not-taken = trông như một giá trị, nhưng dự thảo không có
beside-differs = dự thảo có giá trị gần giống: một trong hai bên đã bị thay đổi
beside-unshown = dự thảo có nhưng không nguồn nào nêu
beside-none = { $written }: không có trong dự thảo
beside-totals = { $taken } có trong dự thảo, { $left } không có trong dự thảo, { $differs } gần giống, { $unshown } không có trong nguồn nào

verify-done = đã xác minh  { $id }
verify-signed-by = người ký: { $key }
verify-refused = từ chối: { $reason }
verify-not-in-force = Chưa kiểm tra cảnh báo có đang còn hiệu lực hay không: dùng --catalogue.

quarantine-empty = không có tệp nào bị cách ly
quarantine-isolated = đang cách ly
quarantine-restored = đã khôi phục
quarantine-unfinished = chưa hoàn tất

status-organisations = đơn vị: { $addressed } được gửi, { $received } đã nhận được, { $acknowledged } đã tiếp nhận, { $overdue } quá hạn
status-hosts = máy: { $eligible } = { $complete } đầy đủ + { $incomplete } chưa đầy đủ + { $unreachable } mất liên lạc + { $refused } từ chối + { $pending } đang chờ
status-found = phát hiện trên { $found } máy, { $isolated } tệp đã cách ly
status-in-force = đang có hiệu lực
status-stale = có hiệu lực theo tin cuối cùng từ cơ quan ban hành, nhưng đã quá lâu
status-superseded = đã được thay bằng bản mới hơn
status-withdrawn = đã thu hồi
status-expired = đã hết hiệu lực

draft-not-written = chưa ghi dự thảo nào
draft-without-authority = chưa ghi dự thảo nào: hãy dùng --authority để nêu cơ quan ban hành


inventory-files = số tệp: { $value }
inventory-with-digests = có mã băm: { $value }
inventory-rules = số luật đã đối chiếu: { $value }
inventory-algorithms = loại mã băm mà các cảnh báo đã yêu cầu: { $value }
inventory-oldest = đọc sớm nhất: { $value }
inventory-newest = đọc gần nhất: { $value }
inventory-size = dung lượng trên đĩa: { $value }
inventory-in-use = một lần rà quét đang sử dụng
inventory-dropped = đã xóa khỏi bộ nhớ: { $size }; lần rà quét sau sẽ đọc lại mọi tệp
inventory-interrupted = Đang dừng.
inventory-remembered = đã ghi nhận: { $value }
inventory-found = thực tế: { $value }
inventory-verified-same = đúng như đã ghi nhận: { $value }
inventory-verified-changed = đã thay đổi, sẽ được đọc lại: { $value }
inventory-verified-gone = không còn: { $value }
inventory-verified-unread = không đọc được: { $value }
inventory-verified-differing = nội dung khác dù không có dấu hiệu thay đổi: { $value }
inventory-verified-without = không có mã băm để so sánh: { $value }
inventory-verified-stopped = đã dừng trước khi xong
inventory-note-damaged = hỏng: đã bỏ qua { $value } phần; các tệp liên quan sẽ được đọc lại
inventory-note-not-rewritten = không ghi lại được: { $value }
inventory-note-version = thuộc phiên bản { $value } không đọc được ở đây: mọi tệp sẽ được đọc lại
inventory-note-unreadable = không đọc được: mọi tệp sẽ được đọc lại
inventory-note-verdicts = mất kết quả đối chiếu luật: các luật sẽ được đối chiếu lại

isolate-would = sẽ được cách ly
isolate-done = đã cách ly; khôi phục bằng: tocsin quarantine restore { $detail }
isolate-refused = không cách ly được: { $detail }
isolate-nothing = Báo cáo không có tệp đã khẳng định nào để cách ly.
isolate-dry-run = Chưa có gì thay đổi. Thêm --now để thực hiện.
