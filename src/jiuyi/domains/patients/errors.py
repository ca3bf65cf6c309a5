"""Refusals about patients and bindings."""

from jiuyi.kit.problems import Kind, Problem


class PatientsFull(Problem):
    """The account holds as many dependants as it may."""

    code = "patients.full"
    kind = Kind.CONFLICT
    zh = "就诊人已满 {limit} 位"
    en = "You already have {limit} patients besides yourself"
    zh_detail = "没有添加成功，不涉及费用。请先解绑不再需要的就诊人，再添加。"
    en_detail = "Nothing was added and nothing was charged. Please remove a patient you no longer need first."


class AddsUsedUp(Problem):
    """The account added as many dependants as it may within 30 days."""

    code = "patients.adds_used_up"
    kind = Kind.CONFLICT
    zh = "30 天内最多新增 {limit} 位就诊人"
    en = "At most {limit} patients can be added within 30 days"
    zh_detail = "没有添加成功，不涉及费用。{again} 之后可以再添加；急需就诊请带证件到窗口办理。"
    en_detail = (
        "Nothing was added and nothing was charged. You can add another after {again}; "
        "if it is urgent, visit a service window with the document."
    )


class AlreadyBound(Problem):
    """The account holds this patient already."""

    code = "patients.already_bound"
    kind = Kind.CONFLICT
    zh = "这位就诊人已经在您的列表里"
    en = "This patient is already on your list"
    zh_detail = "不需要重复添加，不涉及费用。请返回就诊人列表查看。"
    en_detail = "There is no need to add them again; nothing was charged. Please go back to your list."


class SelfTaken(Problem):
    """The account has a *self* already."""

    code = "patients.self_taken"
    kind = Kind.CONFLICT
    zh = "这个账号已经绑定了本人"
    en = "This account already has “myself”"
    zh_detail = "没有添加成功，不涉及费用。为家人添加时，请选择对应的关系。"
    en_detail = "Nothing was added and nothing was charged. To add a relative, please choose their relation to you."


class SelfHeldElsewhere(Problem):
    """The person is *self* of another account. Said only after control was proved."""

    code = "patients.self_held_elsewhere"
    kind = Kind.CONFLICT
    zh = "您已在另一个账号绑定了本人"
    en = "You are “myself” on another account"
    zh_detail = (
        "一个人只能在一个账号里绑定为本人，没有重复绑定，不涉及费用。"
        "两边用同一个手机号核验过的，可以合并账户；也可以用原账号进入，或在原账号解绑后再试。"
    )
    en_detail = (
        "A person can be “myself” on one account only; nothing was changed or charged. If both accounts verified the "
        "same phone number you can join them; or use that account, or unbind there and try again."
    )


class PhoneUsedUp(Problem):
    """The proving phone stands behind as many accounts as it may."""

    code = "patients.phone_used_up"
    kind = Kind.CONFLICT
    zh = "这个手机号核验的账号已达上限"
    en = "This number has verified too many accounts"
    zh_detail = "一个手机号最多为 {limit} 个账号核验，没有绑定成功，不涉及费用。请带证件到窗口办理。"
    en_detail = (
        "A number can verify at most {limit} accounts. Nothing was bound or charged; "
        "please visit a service window with the document."
    )


class LookupsUsedUp(Problem):
    """Too many identities were tried today, by this account, for this document or from this network."""

    code = "patients.lookups_used_up"
    kind = Kind.TOO_MANY
    zh = "今天核对资料的次数太多了"
    en = "Too many attempts today"
    zh_detail = "为保护个人信息，请明天再试，或带证件到窗口办理。不涉及费用，已绑定的就诊人不受影响。"
    en_detail = (
        "To protect personal data, please try again tomorrow or visit a service window with the document. "
        "Nothing was charged, and patients you already have are not affected."
    )


class WayClosed(Problem):
    """Too many wrong proofs: this way is closed for the day, the others are open."""

    code = "patients.way_closed"
    kind = Kind.TOO_MANY
    zh = "这种核验方式今天不能再用"
    en = "This way is closed for today"
    zh_detail = "错误次数太多，明天可以再用。不涉及费用；其他核验方式和医院窗口仍可办理。"
    en_detail = (
        "There were too many wrong attempts; it opens again tomorrow. Nothing was charged. "
        "The other ways and the service windows remain open."
    )


class WayNotOffered(Problem):
    """The way is not one of those offered for this verification."""

    code = "patients.way_not_offered"
    kind = Kind.UNPROCESSABLE
    zh = "请选择列出的核验方式"
    en = "Please choose one of the ways shown"
    zh_detail = "没有绑定成功，不涉及费用。请返回上一步重新选择。"
    en_detail = "Nothing was bound or charged. Please go back and choose again."


class VerificationEnded(Problem):
    """Expired, used, or never this account's: not told apart."""

    code = "patients.verification_ended"
    kind = Kind.UNKNOWN
    zh = "这次核验已经结束"
    en = "This verification has ended"
    zh_detail = "不涉及费用。请回到就诊人列表查看结果，或重新填写资料。"
    en_detail = "Nothing was charged. Please look at your patient list, or enter the details again."


class CounterCodeWrong(Problem):
    """The desk's code is wrong, expired or used."""

    code = "patients.counter_code_wrong"
    kind = Kind.UNPROCESSABLE
    zh = "窗口校验码不对或已过期"
    en = "The desk’s code is wrong or has expired"
    zh_detail = "没有绑定成功，不涉及费用。校验码 30 分钟内有效，只能用一次；请核对后再试，或请窗口重新打印。"
    en_detail = (
        "Nothing was bound or charged. A code is valid for 30 minutes and works once; "
        "please check it, or ask the desk to print a new one."
    )


class DetailsNotAccepted(Problem):
    """The HIS would not open a file with these details (one may exist under another name: not told)."""

    code = "patients.details_not_accepted"
    kind = Kind.UNPROCESSABLE
    zh = "资料与医院登记的不一致"
    en = "The details do not match the hospital’s records"
    zh_detail = "没有建档，不涉及费用。请核对姓名和证件号码是否与证件完全相同，或带证件到窗口办理。"
    en_detail = (
        "No file was opened and nothing was charged. Please check that name and number are exactly as on the document, "
        "or visit a service window with it."
    )


class CardMismatch(Problem):
    """The card number is not that of the file. Said only after control was proved."""

    code = "patients.card_mismatch"
    kind = Kind.UNPROCESSABLE
    zh = "就诊卡号与档案不一致"
    en = "The card number does not match the file"
    zh_detail = "没有绑定成功，不涉及费用。请核对卡面上的号码；不填卡号也可以绑定。"
    en_detail = "Nothing was bound or charged. Please check the number on the card; you may also leave it empty."


class FileNeedsWindow(Problem):
    """The file can only be dealt with at the desk. Said only after control was proved."""

    code = "patients.file_needs_window"
    kind = Kind.CONFLICT
    zh = "这份档案需要到窗口办理"
    en = "This file must be dealt with at a service window"
    zh_detail = "没有绑定成功，不涉及费用。请带有效证件到门诊服务中心，工作人员会帮您处理。"
    en_detail = "Nothing was bound or charged. Please bring a valid document to the outpatient service centre."


class RelationFixed(Problem):
    """Such a change of relation would change who may do what, so it needs a new verification."""

    code = "patients.relation_fixed"
    kind = Kind.CONFLICT
    zh = "这个关系不能直接修改"
    en = "This relation cannot be changed here"
    zh_detail = "没有修改，不涉及费用。“本人”和未成年子女的关系需要解绑后重新核验。"
    en_detail = (
        "Nothing was changed or charged. “Myself” and the parent of a minor need a new verification: "
        "unbind first, then add again."
    )


class TooManyToJoin(Problem):
    """Together the two accounts would hold more dependants than one may."""

    code = "patients.too_many_to_join"
    kind = Kind.CONFLICT
    zh = "合并后就诊人会超过 {limit} 位"
    en = "Together you would have more than {limit} patients besides yourself"
    zh_detail = "没有合并，不涉及费用。请先在任一入口解绑不再需要的就诊人，再合并。"
    en_detail = "Nothing was joined or charged. Please remove a patient you no longer need on either side, then join."


class NotTheirs(Problem):
    """Only the patient, or the parent of a minor, may see and end other people's bindings."""

    code = "patients.not_theirs"
    kind = Kind.FORBIDDEN
    zh = "只有本人可以查看"
    en = "Only the patient can see this"
    zh_detail = "谁绑定了就诊人，只有就诊人本人（未成年人为父母）可以查看和解除。不涉及费用。"
    en_detail = "Only the patient, or the parent of a minor, can see and end bindings. Nothing was charged."


class NotOnFileHere(Problem):
    """No file of this card or document has come here, or it is not certain whose it is."""

    code = "patients.not_on_file_here"
    kind = Kind.UNKNOWN
    zh = "没有找到这张卡或证件的线上档案"
    en = "No online file for this card or document"
    zh_detail = "没有收款。请核对卡号或证件号；患者没有在线建档的，请在医院收费系统办理。"
    en_detail = (
        "Nothing was charged. Check the number; a patient without an online file is served in the hospital's own "
        "billing system."
    )
