"""``python -m tools.doctor``: as ``flask doctor``, also when the configuration keeps the application from starting."""

from server import config, policy
from server.app import RegionNotServed, create_app
from server.cli.examining import Finding, examine, report


def main(path: str | None = None) -> int:
    """Examine the application of a configuration file, the usual one without ``path``. Returns the exit code."""
    try:
        app = create_app(path)
    except config.ConfigError as error:
        return report(iter([Finding("配置文件", f"不能使用：{error}", "照 config.example.toml 的说明改这一行")]))
    except (policy.PolicyError, RegionNotServed) as error:
        how = "核对 [app] region，或改 server/policy/profiles"
        return report(iter([Finding("地区规则", f"不能使用：{error}", how)]))
    with app.app_context():
        return report(examine(app))


if __name__ == "__main__":
    raise SystemExit(main())
