from jiuyi.kit.problems import Kind, Problem


class DoctorUnknown(Problem):
    """No such doctor here, or one who has left."""

    code = "catalog.doctor_unknown"
    kind = Kind.UNKNOWN
    zh = "没有找到这位医生"
    en = "This doctor was not found"
    zh_detail = "没有扣费。医生可能已不在本院出诊，请返回按科室或姓名重新查找。"
    en_detail = (
        "You were not charged. The doctor may no longer hold clinics here; please search by department or by name."
    )


class TooManyFavourites(Problem):
    """The account follows as many doctors as the hospital allows."""

    code = "catalog.too_many_favourites"
    kind = Kind.CONFLICT
    zh = "关注的医生已达 {most} 位"
    en = "You already follow {most} doctors"
    zh_detail = "这位医生没有关注成功，不涉及费用。请先取消关注不再需要的医生，再试一次。"
    en_detail = "This doctor was not added; nothing was charged. Unfollow a doctor you no longer need and try again."


class ListingImplausible(Exception):
    """The HIS sent a tree that would empty ours. We keep the old one and raise an alarm; people do not see this."""
