"""Which city an address means, and how far two are apart."""

import pytest

from core.base.towns import Distance, Same, destination, distance, find_town


@pytest.mark.parametrize(
    ("text", "province", "city"),
    [
        ("上海", "上海", "上海"),
        ("上海市南京东路 1 号", "上海", "上海"),
        ("浙江省杭州市西湖区文三路", "浙江", "杭州"),
        ("杭州市文三路 12 号", "浙江", "杭州"),
        ("中国广西壮族自治区桂林市", "广西", "桂林"),
        ("吉林", "吉林", ""),
        ("吉林省吉林市", "吉林", "吉林"),
        ("广东", "广东", ""),
        ("Shenzhen, Guangdong", "广东", "深圳"),
        ("8 Nanjing Road, Shanghai", "上海", "上海"),
        ("Hohhot, Inner Mongolia, China", "内蒙古", "呼和浩特"),
        ("Suzhou, Jiangsu", "江苏", "苏州"),
        ("Ürümqi", "新疆", "乌鲁木齐"),
        ("香港特别行政区", "香港", "香港"),
    ],
)
def test_an_address_names_its_city_or_at_least_its_province(text: str, province: str, city: str) -> None:
    town = find_town(text)
    assert town is not None
    assert (town.province, town.city if town.is_city else "") == (province, city)


@pytest.mark.parametrize("text", ["", "华东", "朝阳区建国路 8 号", "United Kingdom", "Suzhou", "王小明"])
def test_what_is_not_clear_is_no_place(text: str) -> None:
    assert find_town(text) is None


def test_goods_go_to_the_region_of_the_order_and_within_it_to_the_address() -> None:
    for region, addresses, name in (
        ("广东", ("深圳市科技园路 1 号",), "深圳"),
        ("广东", ("杭州市文三路 12 号",), "广东"),
        ("华东", ("", "杭州市文三路 12 号"), "杭州"),
        ("Chengdu", ("杭州市",), "成都"),
    ):
        found = destination(region, *addresses)
        assert found is not None
        assert found.name == name
    assert destination("华东", "") is None


@pytest.mark.parametrize(
    ("one", "other", "km", "same"),
    [
        ("上海", "Shanghai", 0, Same.CITY),
        ("江苏苏州", "江苏省南京市", 192, Same.PROVINCE),
        ("广东", "深圳市", 0, Same.PROVINCE),
        ("上海", "杭州", 162, Same.NOTHING),
        ("北京", "广州", 1890, Same.NOTHING),
        ("上海", "成都", 1658, Same.NOTHING),
    ],
)
def test_places_are_as_far_apart_as_the_great_circle(one: str, other: str, km: int, same: Same) -> None:
    first, second = find_town(one), find_town(other)
    assert first is not None
    assert second is not None
    assert distance(first, second) == distance(second, first) == Distance(km, same)
