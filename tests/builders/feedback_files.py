"""What connects the generated problem to labels that come back."""

SOURCE = """\
_target_: lifecycle.sources.feedback.read
folder: data/feedback
batches: [] # one word per delivery
source:
  _target_: lifecycle.sources.generated.read
  rows: 900
  months: 12
  seed: 1
"""
STEP = """steps:
  - _target_: lifecycle.data.steps.feedback.merge_labels
    table: orders
    key: order
    target: late
    kind: boolean
    add: false"""
TABLE = "tables:\n  feedback: {id: text, label: text, origin: text, known_at: text}"
