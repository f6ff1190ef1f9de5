"""``flask demo walk committee``: one meeting of three items, each of which ends in its own way."""

import re
from datetime import date

from app.demo.browser import Refused
from app.demo.walk import PDF, Say, Stage, Variant, Walker, WalkFailed

RESOLVED = "draft_contracts"
"""The first task after the resolution: there a case of this walk stands still."""
NEW_FACTS = "客户新增三年期供货合同，回款由核心企业承诺支付"
CASES = (
    ("通过（附条件）", "北京绿源农业科技有限公司", Variant(ends="APPROVED", votes=("APPROVE_COND",))),
    ("人数不足改期", "北京云图软件技术有限公司", Variant(ends="APPROVED")),
    ("否决后复议", "北京华新精密机械有限公司", Variant(ends="APPROVED", veto=True)),
)


class CommitteeWalk:
    """The three cases side by side, on one meeting."""

    def __init__(self, url: str, *, today: date, say: Say) -> None:
        self.say, self.meeting = say, ""
        self.walkers = [
            Walker(url, f"committee_{number}", today=today, say=say, stage=Stage("", label, variant, customer))
            for number, (label, customer, variant) in enumerate(CASES, start=1)
        ]
        for walker in self.walkers[1:]:
            walker.share_people(self.walkers[0])

    def run(self) -> None:
        """Walk all three; says what became of each. :raises WalkFailed: one ends elsewhere."""
        passed, short, vetoed = self.walkers
        short.walk.attending, vetoed.walk.reconsiders = (2,), True
        for walker in self.walkers:
            walker.begin("put_on_agenda")
        self._on_one_meeting()
        self.say("—— 议题 1：通过，附条件 ——")
        self._resolved(passed)
        self._tell_rule(passed)
        self._work_conditions(passed)
        self.say("—— 议题 2：到会 2 人，不足法定人数 ——")
        short.go_on("put_on_agenda")
        self._tell_result(short, "流会")
        self._resolved(short)
        self.say("—— 议题 3：表决通过，主任委员一票否决 ——")
        vetoed.walk.meeting = ""
        self._require(vetoed.go_on("admit_reconsideration"), "VETOED", vetoed)
        self._tell_result(vetoed, "一票否决")
        self._reconsider(vetoed)
        self.say("—— 议题 3：复议 ——")
        self._resolved(vetoed)
        self.say(f"walk committee: {sum(walker.count for walker in self.walkers)} tasks, 3 items, APPROVED")

    def _on_one_meeting(self) -> None:
        """All three items on the agenda of one meeting, members told, nobody there yet."""
        first, *others = self.walkers
        first.go_on("open_meeting")
        secretary = first.person("secretary")
        called = dict.fromkeys(re.findall(r"/committee/meetings/\d+", secretary.get("/committee")))
        number = first.project_no()
        self.meeting = next((one for one in called if number in secretary.get(one)), "")  # there may be others
        if not self.meeting:
            raise WalkFailed(f"walk {first.name}: no meeting was called")
        for walker in others:
            walker.walk.meeting = self.meeting.rsplit("/", 1)[-1]
            walker.go_on("open_meeting")
        page = secretary.get(self.meeting)
        for walker in self.walkers:
            if walker.project_no() not in page:
                raise WalkFailed(f"walk {walker.name} is not on the meeting of the others")
        self.say("  三个议题同在一次会议上")

    def _resolved(self, walker: Walker) -> None:
        self._require(walker.go_on(RESOLVED), walker.variant.ends, walker)
        self.say(f"  {walker.name}：{self._condition_count(walker)} 项批复条件待落实，核实后才能放款")

    def _reconsider(self, walker: Walker) -> None:
        """The customer asks once; a second time is refused."""
        path = f"/projects/{walker.project_id}/reconsider"
        manager = walker.person("pm_a")
        manager.post_form(path, {"new_facts": NEW_FACTS})
        self.say(f"  {manager.account.name} 代客户申请复议")
        walker.go_on("schedule_rehearing")
        chair = walker.person("chair")
        if "安排再次审议" not in chair.get("/tasks"):
            raise WalkFailed(f"walk {walker.name}: the chair has no task to schedule the rehearing")
        self.say(f"  待办：{chair.account.name} 安排再次审议")
        walker.go_on("due_diligence")
        try:
            manager.post_form(path, {"new_facts": NEW_FACTS})
        except Refused:
            self.say("  再次申请复议被拒绝：每个项目只能复议一次")
        else:
            raise WalkFailed(f"walk {walker.name}: a second reconsideration was taken in")

    def _tell_result(self, walker: Walker, wanted: str) -> None:
        page = walker.person("secretary").get(f"/projects/{walker.project_id}?tab=reports")
        if wanted not in page:
            raise WalkFailed(f"walk {walker.name}: the project does not tell {wanted}")
        self.say(f"  {walker.name}：{wanted}")

    def _tell_rule(self, walker: Walker) -> None:
        """By which row of the analysts' table it was counted."""
        rule = re.search(r"计票规则：[^<]+", walker.person("secretary").get(self.meeting))
        if rule is None:
            raise WalkFailed(f"walk {walker.name}: the meeting does not tell how it was counted")
        self.say(f"  {rule.group(0)}")

    def _work_conditions(self, walker: Walker) -> None:
        """One condition is reported with a paper and verified by another person, the other waived by the chair."""
        page = walker.person("secretary").get(f"/committee/conditions?status=OPEN&q={walker.project_no()}")
        asked, drafted = sorted(set(re.findall(r"/committee/conditions/\d+", page)))[:2]
        if "评审会附加" not in walker.person("secretary").get(asked):
            asked, drafted = drafted, asked
        manager, legal, chair = (walker.person(login) for login in ("pm_b", "legal", "chair"))
        manager.post_with_file(f"{drafted}/report", {"evidence": "保证合同已签署"}, "papers", "保证合同.pdf", PDF)
        legal.post_form(f"{drafted}/verify", {"note": "已核对原件"})
        self.say(f"  {manager.account.name} 上传证明材料，{legal.account.name} 核实")
        try:
            legal.post_form(f"{asked}/waive", {"reason": "配偶已作为共同借款人，无需另行保证"})
        except Refused:
            chair.post_form(f"{asked}/waive", {"reason": "配偶已作为共同借款人，无需另行保证"})
        else:
            raise WalkFailed(f"walk {walker.name}: legal waived what the committee asked for")
        self.say(f"  {chair.account.name} 豁免评审会附加的条件")

    def _condition_count(self, walker: Walker) -> int:
        page = walker.person("secretary").get(f"/committee/conditions?status=OPEN&q={walker.project_no()}")
        return len(set(re.findall(r"/committee/conditions/\d+", page)))

    def _require(self, found: str, wanted: str, walker: Walker) -> None:
        if found != wanted:
            raise WalkFailed(f"walk {walker.name} came to {found}, not {wanted}")
