# Khoảng thời gian và kích thước.
amount-just-now = vừa xong
amount-ago = { $span } trước
amount-left = còn { $span }
amount-overdue = quá hạn { $span }
amount-days = { $count } ngày
amount-hours = { $count } giờ
amount-minutes = { $count } phút
amount-seconds = { $count } giây
amount-bytes = { $count } byte
