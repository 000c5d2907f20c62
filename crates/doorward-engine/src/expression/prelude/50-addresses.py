# Addresses and networks; the server reads them.
class _Address:
    def __init__(self, told):
        self._number = told['number']
        self._text = told['text']
        self.version = told['version']
        self.compressed = told['text']
        self.is_private = told['is_private']
        self.is_global = told['is_global']
        self.is_loopback = told['is_loopback']
        self.is_link_local = told['is_link_local']
        self.is_multicast = told['is_multicast']
        self.is_unspecified = told['is_unspecified']

    def __eq__(self, other):
        return isinstance(other, _Address) and self.version == other.version and self._number == other._number

    def __hash__(self):
        return hash(self._text)

    def __str__(self):
        return self._text

    def __repr__(self):
        return self._text


class _Network:
    def __init__(self, told):
        self._low = told['low']
        self._high = told['high']
        self._text = told['text']
        self.version = told['version']
        self.prefixlen = told['prefixlen']
        self.num_addresses = self._high - self._low + 1
        self.is_private = told['is_private']
        self.network_address = ip_address(told['first'])
        self.broadcast_address = ip_address(told['last'])

    def __contains__(self, address):
        if not isinstance(address, _Address) or address.version != self.version:
            return False
        return self._low <= address._number <= self._high

    def __eq__(self, other):
        return isinstance(other, _Network) and self._text == other._text

    def __hash__(self):
        return hash(self._text)

    def __str__(self):
        return self._text

    def overlaps(self, other):
        return self.version == other.version and self._low <= other._high and other._low <= self._high

    def subnet_of(self, other):
        return self.version == other.version and other._low <= self._low and self._high <= other._high

    def supernet_of(self, other):
        return other.subnet_of(self)


def ip_address(text):
    if isinstance(text, _Address):
        return text
    return _Address(_ip_address(str(text)))


def ip_network(text, strict=True):
    return _Network(_ip_network(str(text), strict))


class _Ipaddress:
    def __init__(self):
        self.ip_address = ip_address
        self.ip_network = ip_network
        self.IPv4Address = ip_address
        self.IPv6Address = ip_address
        self.IPv4Network = ip_network
        self.IPv6Network = ip_network
