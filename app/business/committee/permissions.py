"""What may be granted in the committee room."""

from app.support.identity.permissions import permission

VIEW = permission("committee.meeting.view", "查看评审会议、表决结果与批复")
ARRANGE = permission("committee.meeting.arrange", "调整评审会的时间和地点")
VOTE = permission("committee.vote.cast", "在评审会投票（菜单）")
"""Shows the ballots in the menu; who may vote on an item is said by the task of the process, not by this."""
REPORT = permission("committee.condition.report", "报送批复条件落实情况")
WAIVE = permission("committee.condition.waive", "豁免批复条件")
"""A condition the committee asked for is waived by its chair alone."""
EXPORT = permission("committee.condition.export", "导出批复条件")
VERIFY = permission("committee.condition.verify", "核实批复条件落实情况")
MANAGE = permission("committee.committee.manage", "设立评审委员会、增减委员")
