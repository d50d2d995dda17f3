"""Which files a data set consists of, what they must contain, and where they come from."""

from __future__ import annotations

from dataclasses import dataclass

DIGITS = tuple("0123456789")
CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
THINGS = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
IDX = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


@dataclass(frozen=True)
class Download:
    """A file on a server: what is there, its sha256, and whether the content is a member of a tar archive."""

    url: str
    sha256: str
    member: str | None = None

    @property
    def name(self) -> str:
        """The last part of the address."""
        return self.url.rsplit("/", 1)[1]


@dataclass(frozen=True)
class SourceFile:
    """A file of a data set; sha256 is of the unpacked content, None where we know of no official one."""

    name: str
    sha256: str | None
    download: Download | None = None


@dataclass(frozen=True)
class Source:
    """A data set: its files, the folders in which people keep them, its classes and licence."""

    name: str
    title: str
    folders: tuple[str, ...]
    files: tuple[SourceFile, ...]
    classes: tuple[str, ...]
    licence: str


def _idx(base: str, contents: tuple[str, ...], packed: tuple[str, ...]) -> tuple[SourceFile, ...]:
    return tuple(
        SourceFile(name, content, Download(f"{base}{name}.gz", sha256))
        for name, content, sha256 in zip(IDX, contents, packed, strict=True)
    )


def _members(url: str, sha256: str, folder: str, contents: dict[str, str]) -> tuple[SourceFile, ...]:
    return tuple(
        SourceFile(name, content, Download(url, sha256, f"{folder}/{name}"))
        for name, content in contents.items()
    )


# No terms come with CIFAR: its page asks for a citation.
KRIZHEVSKY = (
    "no licence stated; cite Krizhevsky (2009), Learning multiple layers of features from tiny images"
)

MNIST = Source(
    "mnist",
    "MNIST",
    ("mnist", "MNIST/raw", "MNIST"),
    _idx(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        (
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        (
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        ),
    ),
    DIGITS,
    "CC BY-SA 3.0, Yann LeCun and Corinna Cortes",
)
FASHION_MNIST = Source(
    "fashion-mnist",
    "Fashion-MNIST",
    ("fashion-mnist", "FashionMNIST/raw", "FashionMNIST"),
    _idx(
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        (
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        (
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    CLOTHES,
    "MIT, Zalando SE",
)
CIFAR10 = Source(
    "cifar10",
    "CIFAR-10",
    ("cifar-10-batches-bin", "cifar10/cifar-10-batches-bin", "cifar10", "."),
    _members(
        "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
        "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
        "cifar-10-batches-bin",
        {
            "data_batch_1.bin": "cee916563c9f80d84e3cc88e17fdc0941787f1244f00a67874d45b261883ada5",
            "data_batch_2.bin": "a591ca11fa1708a91ee40f54b3da4784ccd871ecf2137de63f51ada8b3fa57ed",
            "data_batch_3.bin": "bbe8596564c0f86427f876058170b84dac6670ddf06d79402899d93ceea26f67",
            "data_batch_4.bin": "014e562d6e23c72197cc727519169a60359f5eccd8945ad5a09d710285ff4e48",
            "data_batch_5.bin": "755304fc0b379caeae8c14f0dac912fbc7d6cd469eb67a1029a08a39453a9add",
            "test_batch.bin": "8e2eb146ae340b09e24670f29cabc6326dba54da8789dab6768acf480273f65b",
        },
    ),
    THINGS,
    KRIZHEVSKY,
)
CIFAR100 = Source(
    "cifar100",
    "CIFAR-100",
    ("cifar-100-binary", "cifar100/cifar-100-binary", "cifar100"),
    _members(
        "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
        "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
        "cifar-100-binary",
        {
            "train.bin": "f31298fc616915fa142368359df1c4ca2ae984d6915ca468b998a5ec6aeebf29",
            "test.bin": "d8b1e6b7b3bee4020055f0699b111f60b1af1e262aeb93a0b659061746f8224a",
        },
    ),
    tuple(str(label) for label in range(100)),
    KRIZHEVSKY,
)
SVHN = Source(
    "svhn",
    "SVHN",
    ("svhn", "SVHN", "."),
    tuple(
        SourceFile(name, sha256, Download(f"http://ufldl.stanford.edu/housenumbers/{name}", sha256))
        for name, sha256 in (
            ("train_32x32.mat", "435e94d69a87fde4fd4d7f3dd208dfc32cb6ae8af2240d066de1df7508d083b8"),
            ("test_32x32.mat", "cdce80dfb2a2c4c6160906d0bd7c68ec5a99d7ca4831afa54f09182025b6a75b"),
        )
    ),
    DIGITS,
    "for non-commercial use; cite Netzer et al. (2011)",
)
PTB = Source(
    "ptb",
    "Penn Treebank",
    ("ptb", "PTB", "simple-examples/data", "ptb/simple-examples/data"),
    (SourceFile("ptb.train.txt", None), SourceFile("ptb.test.txt", None)),
    (),
    "Linguistic Data Consortium; not free to pass on, so there is no download",
)
IMAGES = {source.name: source for source in (MNIST, FASHION_MNIST, CIFAR10, CIFAR100, SVHN)}
