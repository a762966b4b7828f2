"""Small images through a tiny ViT and a graph, and which files a cell may name."""

import os
import sys

import numpy as np
import pandas as pd
import pytest
from builders import encoders, onnx_graphs
from PIL import Image
from sklearn.base import clone

from lifecycle.errors import ConfigError, CorruptFile, MissingFile, UnfitTable, WrongValue
from lifecycle.modeling.persistence import read_model, write_model
from lifecycle.modeling.transformers import image_files
from lifecycle.modeling.transformers.encoder_files import EncoderFiles
from lifecycle.modeling.transformers.image_embeddings import ImageEmbeddings
from lifecycle.modeling.transformers.image_encoders import read_preprocessing
from lifecycle.modeling.transformers.transformer_encoder import read_image_transformer

pytest.importorskip("safetensors")


def pixels(seed, height=8, width=8):
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.fixture
def root(tmp_path):
    """A folder of images beside a secret one."""
    folder = tmp_path / "images"
    (folder / "more").mkdir(parents=True)
    for name, seed in {"a.png": 1, "more/b.png": 2, "../secret.png": 3}.items():
        Image.fromarray(pixels(seed)).save(folder / name)
    return folder


@pytest.fixture
def vit(tmp_path):
    encoders.write_vit(tmp_path / "encoder")
    return tmp_path / "encoder"


def table(*paths):
    return pd.DataFrame({"photo": pd.Series(paths, dtype="str")})


def embed(folder, root, *paths):
    return ImageEmbeddings(str(folder), str(root)).fit_transform(table(*paths)).to_numpy()


def three_lines(error):
    return [line[:6] for line in str(error).splitlines()] == ["error:", "where:", "next: "]


def test_an_image_is_the_encoders_vector_and_a_missing_one_zeros(vit, root):
    found = ImageEmbeddings(str(vit), str(root)).fit_transform(table("a.png", None, "more/b.png", ""))
    assert found.columns.tolist() == [f"photo__{place}" for place in range(1, 9)]
    encoder = read_image_transformer(EncoderFiles(vit))
    for row, seed in {0: 1, 2: 2}.items():
        expected = encoder(((pixels(seed) / 255 - 0.5) / 0.5).transpose(2, 0, 1).astype(np.float32))
        np.testing.assert_allclose(found.iloc[row], expected, rtol=1e-5, atol=1e-5)
    assert not found.iloc[[1, 3]].to_numpy().any()


def test_a_row_has_the_same_bytes_whatever_other_rows_there_are(vit, root, monkeypatch):
    for seed in range(12):
        Image.fromarray(pixels(seed, 9 + seed, 30)).save(root / f"{seed}.png")
    names = [f"{seed}.png" for seed in range(12)]
    alone = np.vstack([embed(vit, root, name) for name in names])
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    other = vit.rename(vit.with_name("moved"))  # read anew: nothing is known of these images
    assert embed(other, root, *names, *names).tobytes() == alone.tobytes() * 2


def test_an_image_that_changes_is_another(vit, root):
    before = embed(vit, root, "a.png")
    Image.fromarray(pixels(9)).save(root / "a.png")
    assert not np.array_equal(embed(vit, root, "a.png"), before)


def test_it_clones_and_comes_back_from_a_file(vit, root, tmp_path):
    fitted = clone(ImageEmbeddings(str(vit), str(root))).fit(table("a.png"))
    write_model(tmp_path / "m.skops", {"pipeline": fitted})
    back = read_model(tmp_path / "m.skops")["pipeline"]
    pd.testing.assert_frame_equal(back.transform(table("more/b.png")), fitted.transform(table("more/b.png")))


@pytest.mark.parametrize("name", ["model.safetensors", "config.json", "preprocessor_config.json"])
def test_another_encoder_is_rejected(vit, root, name):
    fitted = ImageEmbeddings(str(vit), str(root)).fit(table("a.png"))
    if name == "model.safetensors":
        encoders.save_tensors(vit / name, encoders.draw_vit(5))
    else:
        (vit / name).write_text((vit / name).read_text(encoding="utf-8") + " ", encoding="utf-8")
    with pytest.raises(CorruptFile, match=f"{name} has SHA-256 .* was fitted with") as caught:
        fitted.transform(table("a.png"))
    assert three_lines(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "more/../../secret.png",
        "{root}/a.png",
        "/etc/passwd",
        "..\\secret.png",
        "C:\\secret.png",
        "C:a.png",
        "\\\\host\\share\\a.png",
        "a.png\0",
        "a" * 2000,
    ],
)
def test_a_path_out_of_the_folder_is_rejected_before_anything_is_opened(vit, root, name, monkeypatch):
    fitted = ImageEmbeddings(str(vit), str(root)).fit(table("a.png"))
    fitted.transform(table("a.png"))
    monkeypatch.setattr("pathlib.Path.open", lambda *_, **__: pytest.fail("a file was opened"))
    with pytest.raises(UnfitTable, match="is no path below the folder of images") as caught:
        fitted.transform(table(name.format(root=root)))
    assert three_lines(caught.value)


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="no symbolic links")
def test_a_link_out_of_the_folder_is_rejected_and_one_within_is_followed(vit, root):
    (root / "out.png").symlink_to(root.parent / "secret.png")
    (root / "up").symlink_to(root.parent)
    (root / "in.png").symlink_to(root / "a.png")
    (root / "circle.png").symlink_to(root / "circle.png")
    for name in ("out.png", "up/secret.png"):
        with pytest.raises(UnfitTable, match="is no path below the folder of images"):
            embed(vit, root, name)
    with pytest.raises(UnfitTable, match="is not there"):
        embed(vit, root, "circle.png")
    assert np.array_equal(embed(vit, root, "in.png"), embed(vit, root, "a.png"))


@pytest.mark.parametrize("name", ["none.png", "more", "a.png/b", "a" * 300, " a.png"])
def test_what_is_not_there_is_said(vit, root, name):
    with pytest.raises(UnfitTable, match="is not there") as caught:
        embed(vit, root, name)
    assert three_lines(caught.value)


def test_what_is_no_image_is_said_with_no_memory_address(vit, root):
    (root / "text.png").write_text("no image", encoding="utf-8")
    (root / "script.eps").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 8 8\n")
    for name in ("text.png", "script.eps"):
        with pytest.raises(UnfitTable, match="is none of PNG, JPEG") as caught:
            embed(vit, root, name)
        assert three_lines(caught.value)
        assert "0x" not in str(caught.value)


def test_half_an_image_is_said(vit, root):
    Image.fromarray(pixels(1, 64, 64)).save(root / "whole.png")
    content = (root / "whole.png").read_bytes()
    (root / "half.png").write_bytes(content[: len(content) // 2])
    with pytest.raises(UnfitTable, match=r"'half\.png' cannot be read") as caught:
        embed(vit, root, "half.png")
    assert three_lines(caught.value)


def test_an_image_too_large_is_rejected_by_bytes_and_by_pixels(vit, root, monkeypatch):
    monkeypatch.setattr(image_files, "MOST_PIXELS", 63)
    with pytest.raises(UnfitTable, match="8 × 8 pixels, and at most 63 are decoded"):
        embed(vit, root, "a.png")
    monkeypatch.setattr(image_files, "MOST_BYTES", 10)
    with pytest.raises(UnfitTable, match="has more than 0 MiB"):
        embed(vit, root, "a.png")


def test_pillows_own_limit_is_an_error_of_three_lines(vit, root, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with pytest.raises(UnfitTable, match=r"cannot be read .*decompression bomb") as caught:
        embed(vit, root, "a.png")
    assert three_lines(caught.value)


def test_a_photo_is_turned_upright(vit, root):
    upright = Image.fromarray(pixels(1))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees clockwise
    upright.transpose(Image.Transpose.ROTATE_90).save(root / "turned.png", exif=exif)
    assert np.array_equal(embed(vit, root, "turned.png"), embed(vit, root, "a.png"))


def prepare(folder, image, **settings):
    encoders.write_json(folder / "preprocessor_config.json", settings)
    return read_preprocessing(EncoderFiles(folder))(image)


def test_pixels_are_resized_cropped_and_normalized_as_the_folder_says(tmp_path):
    image = Image.fromarray(pixels(1, 10, 20))
    plain = {"do_resize": False, "do_rescale": False, "do_normalize": False}
    whole = prepare(tmp_path, image, **plain)
    assert np.array_equal(whole, pixels(1, 10, 20).transpose(2, 0, 1))
    cropped = prepare(tmp_path, image, **plain, do_center_crop=True, crop_size={"height": 4, "width": 6})
    assert np.array_equal(cropped, whole[:, 3:7, 7:13])
    short = prepare(tmp_path, image, size={"shortest_edge": 5}, resample=0)
    expected = np.asarray(image.resize((10, 5), Image.Resampling.NEAREST), dtype=np.float64) / 255
    np.testing.assert_allclose(short, (expected * 2 - 1).transpose(2, 0, 1), rtol=1e-5, atol=1e-6)
    square = prepare(tmp_path, image, size=7, image_mean=[0, 0, 1], image_std=[1, 2, 4])
    bilinear = np.asarray(image.resize((7, 7), Image.Resampling.BILINEAR), dtype=np.float64) / 255
    np.testing.assert_allclose(square, ((bilinear - [0, 0, 1]) / [1, 2, 4]).transpose(2, 0, 1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "error", "what"),
    [
        ({"crop_pct": 0.9}, WrongValue, "prepared with crop_pct, which is not supported"),
        ({"resample": 9}, CorruptFile, "resample is 9"),
        ({"size": {"height": 8}}, CorruptFile, "width is None"),
        ({"image_mean": [0.5]}, CorruptFile, "image_mean is .0.5., wanted 3 numbers"),
        ({"size": 16}, WrongValue, r"makes images of \(16, 16\), and the encoder takes \(8, 8\)"),
    ],
)
def test_a_preprocessing_that_cannot_be_done_is_named(vit, root, settings, error, what):
    encoders.write_json(vit / "preprocessor_config.json", settings)
    with pytest.raises(error, match=what) as caught:
        embed(vit, root, "a.png")
    assert three_lines(caught.value)


def test_an_encoder_that_is_not_there_or_not_known_is_said(vit, root, tmp_path):
    with pytest.raises(MissingFile, match=r"there is no .*preprocessor_config\.json"):
        embed(tmp_path / "nowhere", root, "a.png")
    encoders.write_json(vit / "config.json", {"model_type": "convnext"})
    with pytest.raises(WrongValue, match="model_type 'convnext', whose forward pass is not known") as caught:
        embed(vit, root, "a.png")
    assert three_lines(caught.value)


def test_without_its_packages_it_says_what_to_install(vit, root, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ConfigError, match="needs the package safetensors"):
        embed(vit, root, "a.png")


def test_a_graph_gives_its_channels_means(tmp_path, root):
    pytest.importorskip("onnxruntime")
    encoders.write_json(tmp_path / "graph/preprocessor_config.json", {"size": 8, "do_normalize": False})
    onnx_graphs.write_image_graph(tmp_path / "graph/model.onnx")
    found = embed(tmp_path / "graph", root, "a.png", None)
    np.testing.assert_allclose(found, [pixels(1).mean(axis=(0, 1)) / 255, np.zeros(3)], rtol=1e-5)
