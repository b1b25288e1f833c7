"""A small picture and a second of silence: what a person's phone sends when nothing else is named."""

import base64

PICTURE = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABIMDRANCxIQDhAUExIVGywdGxgYGzYnKSAsQDlEQz85Pj1HUGZXR0thTT0+WXlaYWltcnNyRVV9hn"
    "xvhWZwcm7/2wBDARMUFBsXGzQdHTRuST5Jbm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm7/wAARCAB4"
    "AKADASIAAhEBAxEB/8QAGgABAQEBAQEBAAAAAAAAAAAAAAYEBQMBAv/EADoQAAIBAgEJBQYFAwUAAAAAAAABAgMEEQUVFlRkk6PR4RIhMUFREx"
    "QiYXGxMjVzgZEGIzSCoaKywf/EABkBAQADAQEAAAAAAAAAAAAAAAACAwQBBf/EACIRAQEAAgIDAAIDAQAAAAAAAAABAhEDEhMxUQQhIjJBYf/a"
    "AAwDAQACEQMRAD8ArAAFYAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAPkmoxbk0ku9t+RmqZRtKcsJV4t+Pw4y+wtk9pTG5eo1AyQylaTkoqs"
    "sX6ppfyzTCcakVKElKL8GnihLL6Ljlj7j9AAIgAAAAAAAAAAAAAAABkyhfQs6eCwlVl+GP/r+R+725jaW8qj8fCKw8WTVSpOrUlOpJylLvbZXn"
    "n1/UauDh7/yvp6XF1WuZN1ZtpvHs49y+iPEAz729GSSagelKvVoSxpVJQfi8H4/U8wCzftQZOylG7+ColGr5JeEl8jeSMW4yTi2mu9NeRRZMvP"
    "e7f4n/AHYd0u7D6M0cee/1Xn/kcHT+WPpsABYyAAAAAAAAAAAAADiZdrOVeFFSXZiu00n5v1/b7nLNmVvzKr+32RjMud3lXr8M1xwABFaAAAbs"
    "j1nSvox7SUanwvF/x+/MwntZ/wCZQ/Uj9zuN1UOSbxsqpABreMAAAAAAAAAAAAAODlyl2LuNRLBTj3vHxa6YHOKXKNr73auCb7Ufij836E3JOM"
    "mpJpruafkZ+Sar1Pxs+2Gvj4ACtoAAANmSaXtb+nisVD4n3+GHh/vgYygyRaStrdznip1MG4vyS8CeE3VHPn0wv/W8AGl5QAAAAAAAAAAAAAHP"
    "ylk5XUXUpJKsv+XU6AOWSzVSwzuF3ElUpzpVJQqRcZR7mmfkrKtKnWg4VYKUfRmKpka1nLGPbgvSMueJTeK/43Y/l43+0cA+xTlJKKbb7kl5ne"
    "hka2jJNupJejl3P+DXQt6VvHs0YKK88PF/uJxX/Xcvy8Z6jBk3JfsZKtcpdtfhj49n5/U6gBdMZjNRhzzud3QAHUAAAAAAONlDL/uV5Ut/du32"
    "MPi7eGOKT9Pmdkjsv/nNf/T/ANUSxm1XLlcZuOhpTsfF6DSnY+L0J8E+sUeXP6oNKdj4vQaU7HxehPgdYeXP6oNKdj4vQaU7HxehPgdYeXP6oN"
    "Kdj4vQaU7HxehPgdYeXP6oNKdj4vQaU7HxehPgdYeXP6oNKdj4vQaU7HxehPgdYeXP6oNKdj4vQaU7HxehPgdYeXP6oNKdj4vQaU7HxehPgdYe"
    "XP6pLf8AqT29zSpe69n2k1HH2mOGLw9DukNk78xtf1YfdFyQyml/Flcpdh4VLO2qzc6lvSnJ+MpQTbAOLdbfnN9nqlDdrkM32eqUN2uQAc1DN9"
    "nqlDdrkM32eqUN2uQANQzfZ6pQ3a5DN9nqlDdrkADUM32eqUN2uQzfZ6pQ3a5AA1DN9nqlDdrkM32eqUN2uQANQzfZ6pQ3a5DN9nqlDdrkADUM"
    "32eqUN2uQzfZ6pQ3a5AA1DN9nqlDdrkM32eqUN2uQANR9jY2sJKUbajGSeKappNM0AB3Wn//2Q=="
)
"""JPEG, 160 × 120."""

VOICE = b"#!AMR\n" + (b"\x04" + b"\x00" * 12) * 50
"""AMR, 8 kHz, 50 frames of 20 ms."""

SAMPLES = {"image": PICTURE, "voice": VOICE}
UNSHOWN = "【收到不支持的消息类型，暂无法显示】"
"""What a service account is sent instead of a sticker."""
