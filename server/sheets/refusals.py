"""What is wrong with a file as a whole; of such a file nothing is taken."""

from server.errors import Invalid


class FileNotSheet(Invalid):
    """Not a spreadsheet we read."""

    code, default_message = (
        "file_not_sheet",
        "请上传 .xlsx 或 .csv 文件（旧的 .xls 请先另存为 .xlsx，加密的请先去掉密码）",
    )


class FileTooLarge(Invalid):
    """More bytes than allowed, or very many once unpacked."""

    code, default_message = "file_too_large", "文件过大，请分成几个文件上传"


class FileDamaged(Invalid):
    """It cannot be read to its end."""

    code, default_message = "file_damaged", "文件无法读取，请用 Excel 或 WPS 重新保存后再上传"


class FileEmpty(Invalid):
    """No heading, or no row below it."""

    code, default_message = "file_empty", "文件里没有可以导入的内容，请对照模板填写"


class TooManyRows(Invalid):
    """More rows than one file may have."""

    code, default_message = "too_many_rows", "文件行数过多，请分成几个文件上传"
