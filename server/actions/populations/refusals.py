"""Why a step with somebody's groups is refused."""

from server.errors import Conflict, Invalid


class GroupNotAllowed(Invalid):
    """Not obtained in this way: lists come from authorities, tuberculosis and mental disorders from hospitals."""

    code, default_message = "group_not_allowed", "这类身份不能在这里登记，请联系签约机构"


class AlreadyInGroup(Conflict):
    """One open tag of a person and group."""

    code, default_message = "already_in_group", "已有这项身份的登记，不用重复提交"


class DeclarationInvalid(Invalid):
    """What was said cannot be meant."""

    code, default_message = "declaration_invalid", "填写的内容有误，请检查后再提交"


class OwnDeclaration(Conflict):
    """Nobody certifies what he said of himself."""

    code, default_message = "own_declaration", "自己申报的身份须由其他医务人员核实"


class ListSecondPerson(Conflict):
    """Whoever imported a list does not certify it."""

    code, default_message = "list_second_person", "名单须由另一位管理员核对后认定"


class ListInvalid(Invalid):
    """Rows of a list cannot be used; ``details["rows"]`` says which and why."""

    code, default_message = "list_invalid", "名单中有内容需要修改，没有导入任何人"
