# Nội dung các lệnh in ra.
lint-passed = không có giá trị nào bị từ chối, { $warnings } cảnh báo
lint-refused = { $refused } giá trị bị từ chối, { $warnings } cảnh báo: hãy sửa giá trị bị từ chối hoặc đối chiếu với bản gốc

show-alert = Cảnh báo
show-exercise = Diễn tập
show-title = Tiêu đề
show-severity = Mức độ
show-issued = Ban hành
show-deadline = Thời hạn
show-expires = Hết hiệu lực
show-asks = Yêu cầu
show-seeks = Tìm kiếm
show-counts = { $indicators } chỉ dấu, { $rules } tập luật
show-within-folder = cùng trong một thư mục
show-within-host = cùng trên một máy
show-not-taken = (không có trong dự thảo)
show-unshown = có trong dự thảo nhưng không có trong nguồn nào: { $indicator }, { $kind } { $value }

quarantine-empty = không có tệp nào bị cách ly
quarantine-isolated = đang cách ly
quarantine-restored = đã khôi phục
quarantine-unfinished = chưa hoàn tất

status-organisations = đơn vị: { $addressed } được gửi, { $received } đã nhận, { $acknowledged } đã xác nhận, { $overdue } quá hạn
status-hosts = máy: { $eligible } = { $complete } đầy đủ + { $incomplete } chưa hết + { $unreachable } mất liên lạc + { $refused } từ chối + { $pending } đang chờ
status-found = phát hiện trên { $found } máy, { $isolated } tệp đã cách ly
