# Những điều phần soạn thảo nói về công văn, bảng, tài liệu và quy tắc.
drafting-level-refused = từ chối
drafting-level-warning = lưu ý
drafting-level-note = ghi chú
drafting-probably-meant = Có lẽ ý là: { $meant }
drafting-accepted = Cán bộ đã chấp nhận: { $reason }
drafting-can-be-accepted = Nếu vẫn đúng, hãy chấp nhận chính xác giá trị này kèm lý do; nếu không phải dấu hiệu, hãy bỏ qua: { $value }

drafting-file-too-large = { $value } lớn hơn 16 MiB nên không được đọc
drafting-file-not-text = { $value } không phải văn bản UTF-8 hoặc UTF-16; hãy lưu lại dưới dạng UTF-8
drafting-line-too-long = một dòng dài hơn { $most } ký tự không được đọc; dòng bắt đầu bằng “{ $value }”
drafting-too-many-values = có hơn { $most } giá trị; một cảnh báo không thể chứa hết
drafting-too-many-problems = có hơn { $most } vấn đề; các vấn đề còn lại không được liệt kê
drafting-nothing-found = không tìm thấy dấu hiệu nhận biết hay luật nào

drafting-json-syntax = không đúng cú pháp JSON tại “{ $value }”: { $reason ->
    [too-deep] quá nhiều đối tượng lồng nhau
    [too-much] nhiều hơn mức một tài liệu được chứa
    [ends] tài liệu kết thúc quá sớm
    [open-text] một chuỗi chưa được đóng trước khi hết dòng
    [escape] dấu gạch chéo ngược đứng một mình; trong JSON mỗi dấu phải viết hai lần
   *[unexpected] không mong đợi nội dung này ở đây
 }
drafting-json-duplicate-key = khóa “{ $value }” xuất hiện hai lần trong một đối tượng; chỉ khóa đầu tiên được đọc
drafting-json-unknown-field = định dạng không có trường “{ $value }”
drafting-json-missing-field = thiếu trường “{ $value }”
drafting-json-wrong-type = “{ $value }” phải là { $expected ->
    [object] một đối tượng trong ngoặc nhọn
    [list] một danh sách trong ngoặc vuông
    [integer] một số nguyên
    [true-or-false] true hoặc false
   *[text] một chuỗi trong dấu ngoặc kép
 }
drafting-json-not-an-integer = { $value } không phải số nguyên theo cách viết của tài liệu
drafting-not-a-choice = “{ $value }” không được phép ở đây; các giá trị được phép: { $choices }
drafting-csv-no-heading = dòng đầu không cho biết các cột chứa gì: { $value }
drafting-csv-unknown-column = không hiểu tiêu đề “{ $value }” nên không đọc được cột này
drafting-csv-duplicate-column = hai cột có cùng tiêu đề “{ $value }”
drafting-csv-row = dòng có { $found } ô còn tiêu đề có { $expected }, hoặc dấu ngoặc kép chưa được đóng: { $value }
drafting-csv-empty-row = dòng không có giá trị nào: { $value }

drafting-number-missing = cảnh báo chưa có số hiệu; không thể tạo dự thảo nếu thiếu số hiệu
drafting-no-deadline = cảnh báo không có thời hạn: không ai bị coi là chậm và không ai được nhắc
drafting-deadline-past = thời hạn { $value } sớm hơn thời điểm ban hành ({ $issued }) nên đã bị bỏ; hãy nêu thời hạn mới
drafting-instant-malformed = “{ $value }” không phải thời điểm, ví dụ 2016-08-05T16:00:00+07:00
drafting-dates-order = thời điểm ban hành, thời hạn và thời điểm hết hiệu lực không theo đúng thứ tự: { $value }
drafting-header-conflict = hai tệp đầu vào nêu khác nhau ở “{ $value }”; hãy cho biết bên nào đúng
drafting-duplicate-id = mã “{ $value }” được dùng hai lần
drafting-id-malformed = “{ $value }” không phải mã hợp lệ: 1 đến 64 ký tự a-z, 0-9, “-”, “_” và “.”
drafting-combination-invalid = tổ hợp “{ $value }” cần ít nhất hai dấu hiệu của cảnh báo này; “{ $missing }” không phải
drafting-duplicate-value = { $value } cũng thuộc dấu hiệu “{ $other }”
drafting-no-observable = dấu hiệu “{ $value }” không có giá trị nào để tìm
drafting-alert-invalid = cảnh báo tự mâu thuẫn: { $reason }

drafting-digest-length = { $value } có { $digits } chữ số trong khi { $algorithm } có { $expected }: bị mất hoặc thừa chữ số; hãy đối chiếu với bản gốc
drafting-digest-alphabet = { $value } không thể là { $algorithm }: “{ $character }” không phải chữ số thập lục phân (0-9, a-f)
drafting-digest-split = mã băm { $algorithm } { $value } bị ngắt bởi dấu cách hoặc ký tự khác
drafting-digest-broken-line = mã băm { $value } tiếp tục ở dòng sau; hãy đặt trên một dòng
drafting-digest-mislabelled = { $value } được ghi là { $algorithm } ({ $expected } chữ số) nhưng có { $digits } chữ số như { $other }
drafting-digest-trivial = { $value } là { $algorithm } của tệp rỗng hoặc tệp một byte; máy nào cũng có những tệp như vậy
drafting-digest-placeholder = { $value } chỉ gồm các chữ số lặp lại hoặc đếm lần lượt: có người điền cho đủ chỗ
drafting-digest-unsupported = { $value } là loại mã băm Tocsin không tìm kiếm nên không được lấy
drafting-digest-weak = { $name } chỉ có { $given }: có thể tạo tệp khác trùng mã băm này. Hãy đề nghị cung cấp SHA-256
drafting-digest-contradiction = một tệp không thể có hai mã băm { $algorithm } khác nhau; mã thứ hai là { $value }
drafting-values-run-together = { $value } là hai giá trị bị dính liền: “{ $left }” và “{ $right }”
drafting-value-broken-line = { $value } tiếp tục ở dòng sau; hãy đặt trên một dòng

drafting-path-lost-separator = { $value } bị mất dấu phân cách giữa “{ $left }” và “{ $right }”
drafting-path-without-drive = { $value } không bắt đầu bằng ổ đĩa như C:\, biến như %TEMP%\ hay dấu /
drafting-path-malformed = { $value } không thể là đường dẫn: { $reason ->
    [empty] để trống
    [too-long] dài hơn { $detail } ký tự
    [character] “{ $detail }” không được có trong tên
    [not-absolute] không bắt đầu bằng ổ đĩa và dấu phân cách
    [empty-component] có hai dấu phân cách liền nhau, hoặc kết thúc bằng dấu phân cách
    [unknown-variable] không biết biến %{ $detail }%
   *[relative] “.” hoặc “..” không phải tên thư mục
 }
drafting-path-in-folder-of-folders = “{ $name }” sẽ nằm ngay trong “{ $folder }”, nơi chỉ chứa thư mục: có lẽ tên này bị mất dấu phân cách
drafting-name-malformed = { $value } không thể là tên tệp: { $reason ->
    [empty] để trống
    [too-long] dài hơn { $detail } ký tự
    [character] “{ $detail }” không được có trong tên
   *[relative] không phải tên của tệp nào
 }
drafting-name-too-common = máy tính bình thường nào cũng có tệp { $value }: không có mã băm thì sẽ tìm thấy ở khắp nơi
drafting-name-of-system-tool = { $value } cũng là tên một tệp hệ thống; máy không nhiễm cũng có, chỉ mã băm mới phân biệt được
drafting-name-without-digest = { $value } không kèm mã băm: bất cứ tệp nào mang tên này cũng bị coi là phát hiện
drafting-no-size = không nêu dung lượng của { $value }: phải đọc mọi tệp, hoặc chỉ xét được các tệp có tên này
drafting-size-malformed = { $reason ->
    [contradiction] hai dung lượng trong { $value } không khớp nhau
   *[malformed] { $value } không phải dung lượng, ví dụ 3584, 137.28 KB hoặc 85.00 KB (87,040 bytes)
 }
drafting-size-ambiguous = { $value } có thể hiểu theo hai cách; hãy viết không có dấu phân nhóm hàng nghìn

drafting-domain-malformed = { $value } không phải tên miền
drafting-domain-unknown-tld = { $value }: không có tên miền cấp cao nhất “{ $ending }”
drafting-domain-fused = { $value } là hai tên miền bị dính liền: “{ $left }” và “{ $right }”
drafting-domain-maybe-fused = { $value } có thể là hai tên miền bị dính liền, “{ $left }” và “{ $right }”; hãy đối chiếu với bản gốc
drafting-domain-public-suffix = { $value } là đuôi tên miền mà nhiều người khác cùng đăng ký bên dưới: chặn đuôi này là chặn tất cả
drafting-domain-well-known = { $value } là tên miền ai cũng cần: chặn sẽ làm ngừng công việc chứ không ngăn được tấn công
drafting-domain-legitimate = { $value } thuộc cơ quan nhà nước hoặc nằm dưới một tên miền ai cũng cần; hãy chắc chắn là đúng ý
drafting-domain-mixed-script = { $value } có ký tự trong “{ $label }” chỉ trông giống chữ La-tinh; dạng trên mạng: { $ascii }
drafting-address-malformed = { $value } không phải địa chỉ IP hoặc dải địa chỉ
drafting-address-reserved = { $value } không phải địa chỉ của kẻ tấn công: { $purpose ->
    [private] đây là địa chỉ riêng, mạng nào cũng có
    [loopback] đây là chính máy tính đó
    [link-local] chỉ có giá trị trong một phân đoạn mạng
    [shared] dùng chung trong mạng của nhà cung cấp (RFC 6598)
    [multicast] dùng cho truyền phát nhóm
    [documentation] dùng làm ví dụ trong tài liệu
    [benchmarking] dùng để đo kiểm
    [this-network] có nghĩa là “mạng này”
    [resolver] đây là máy chủ phân giải tên miền ai cũng dùng
    [protocol] dành riêng cho giao thức
   *[reserved] dành riêng
 }
drafting-address-too-wide = { $value } bao gồm quá nhiều địa chỉ: chỉ chấp nhận tiền tố từ /{ $shortest } trở lên
drafting-address-host-bits = { $value } có chữ số nằm sau tiền tố: sai địa chỉ hoặc sai một chữ số
drafting-url-malformed = { $value } không phải URL
drafting-value-malformed = không thể dùng { $value }: { $reason }

drafting-rule-does-not-compile = không biên dịch được luật (dòng { $line } của luật): { $message }
drafting-rule-too-large = luật { $value } để trống hoặc lớn hơn { $most } byte

drafting-not-taken = { $value } không được lấy: các từ bên cạnh cho biết đó là nơi liên hệ hoặc đọc thêm
drafting-number-taken = lấy số hiệu { $value } từ đây
drafting-title-taken = lấy trích yếu từ đây: { $value }
drafting-deadline-taken = lấy thời hạn { $value } từ đây
drafting-role-taken = { $name } được gán vai trò { $role } vì có cụm từ “{ $value }”
drafting-combination-proposed = “{ $abused }” và “{ $payload }” trong cùng một thư mục được ghép thành tổ hợp: cùng xuất hiện là bằng chứng
