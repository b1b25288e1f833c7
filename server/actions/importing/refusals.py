"""Why a step of an import is refused."""

from server.errors import Conflict, Invalid, NotAllowed


class ImportClosed(Conflict):
    """The region takes no files of this kind."""

    code, default_message = "import_closed", "本地区未开放这类导入"


class ImportFileKnown(Conflict):
    """The same file is being worked on, or was entered already."""

    code, default_message = "import_file_known", "这个文件已经上传过，请在列表中查看"


class ImportColumnsMissing(Invalid):
    """Required columns were not found in the file."""

    code, default_message = "import_columns_missing", "必填的列还没有全部对应，请逐项选择"


class ImportSecondPersonNeeded(NotAllowed):
    """Who uploaded a file may not approve it."""

    code, default_message = "import_second_person_needed", "请由另一位管理员审核并导入"


class ImportNothingReady(Conflict):
    """No row of the file can be entered."""

    code, default_message = "import_nothing_ready", "没有可以导入的行，请修改文件后重新上传"
