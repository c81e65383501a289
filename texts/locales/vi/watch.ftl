# Nội dung hiển thị của chức năng giám sát trang thông tin điện tử.
verdict-unchanged = không thay đổi
verdict-ordinary = thay đổi thông thường
verdict-announced = thay đổi đã được thông báo trước
verdict-nothing = CHƯA CÓ KẾT LUẬN: không thu được thông tin
verdict-fault-page = trang báo lỗi
verdict-outage = ngừng hoạt động
verdict-unexplained = THAY ĐỔI CHƯA RÕ LÝ DO: cần người xem xét
verdict-defacement = NGHI BỊ THAY ĐỔI GIAO DIỆN: gọi điện cho đơn vị chủ quản
verdict-injection = BỊ CHÈN NỘI DUNG TRÁI PHÉP: gọi điện cho đơn vị chủ quản
verdict-cloaking = NGỤY TRANG: một số người xem thấy trang khác
verdict-takeover = NGHI BỊ CHIẾM QUYỀN: tên miền, chứng thư số hoặc chuyển hướng dẫn đến bên khác

watch-verdict = { $url }  { $verdict }
watch-more-reasons = và { $count } lý do khác; xem trong hồ sơ chứng cứ
watch-added = { $url } đã được đưa vào giám sát; nội dung hiện tại do { $by } xác nhận
watch-approved = { $url }: nội dung hiện tại đã được { $by } xác nhận
watch-chain-whole = hồ sơ chứng cứ toàn vẹn: { $lines } dòng, giá trị băm cuối cùng là { $last }

reason-addresses = tên miền trước đây trỏ đến { $from }, nay trỏ đến { $to }
reason-certificate = chứng thư số trước đây do { $from } cấp, nay do { $to } cấp (trình duyệt báo: { $problem })
reason-foreign-writing = { $letters } chữ cái thuộc hệ chữ viết mà trang không sử dụng
reason-form-target = biểu mẫu gửi dữ liệu nhập vào đến { $origin }
reason-frame = một khung hiển thị nội dung của { $origin }
reason-frame-hidden = một khung ẩn tải nội dung của { $origin }
reason-hidden-text = nội dung mà người xem không nhìn thấy, tại { $path }: "{ $text }", có liên kết đến { $links }
reason-inline-script = mã lệnh trước đây không có: { $beginning }
reason-link = nhóm người xem này thấy liên kết đến { $origin }
reason-little-left = chỉ còn lại { $structure } % bố cục và { $text } % nội dung của trang
reason-new-place = xuất hiện nội dung ở vị trí trước đây để trống, tại { $path }: "{ $text }"
reason-redirect = trước đây truy cập dừng tại { $from }, nay dừng tại { $to }
reason-refresh = trang tự động chuyển người xem đến { $origin }
reason-resource = trang nay sử dụng nội dung của { $origin }
reason-script-origin = mã lệnh được tải từ { $origin }
reason-static-text = nội dung vốn không đổi đã thay đổi, tại { $path }: trước là "{ $from }", nay là "{ $to }"
reason-status = máy chủ trả lời với mã trạng thái { $status }
reason-terms = từ ngữ thường do kẻ xâm nhập chèn vào: { $words }
reason-title = tiêu đề trước là "{ $from }", nay là "{ $to }"
