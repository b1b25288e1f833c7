"""Family-doctor contract service (家庭医生签约服务).

Residents talk to us through a WeChat mini-program and its message callback. Doctors use the same mini-program,
administrators web pages, and a clock does the rest. All of them only ever call an *action*: it changes the database
in one transaction and leaves ``Notification`` rows saying who should be told. A job sends them.

Three tables tell the whole system: every route and its guard (``handlers/__init__.py``), every job (``jobs/schedule.py``),
every state and legal move (``MOVES`` at the top of each model file). Imports only go down: app, cli / handlers, jobs /
actions, reports / access / policy, chatbot, wechat / models / database / config, clock, errors, ids, masking, sealing.

There is no code here on purpose: see ``app.py`` for how things are wired together.
"""
