"""WeChat calls us."""

from apiflask import APIBlueprint

blueprint = APIBlueprint("wechat_callback", __name__, url_prefix="/wechat", enable_openapi=False)
