"""Certificate authorities and what they sign, made with the openssl command: the other side of what the gateway makes and imports."""
import subprocess
import tempfile

P256 = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256")


def openssl(*arguments, **options):
    done = subprocess.run(["openssl", *arguments], capture_output=True, timeout=60, **options)
    if done.returncode:
        raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr.decode(errors='replace')}")
    return done.stdout


def authority(subject, *extensions, issuer=None, key=P256, days=30, usual=True):
    """Certificate and key as one PEM text. extensions: lines of OpenSSL's configuration beside the usual ones of an authority; issuer: such a text."""
    lines = (["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign", "subjectKeyIdentifier=hash"] if usual else []) + list(extensions)
    with tempfile.TemporaryDirectory() as folder:
        conf, key_file, cert_file = (f"{folder}/{name}" for name in ("conf", "key", "cert"))
        with open(conf, "w") as f:
            f.write("[req]\ndistinguished_name=dn\n[dn]\n[ext]\n" + "\n".join(lines) + "\n")
        signer = ()
        if issuer:
            with open(folder + "/issuer", "w") as f:
                f.write(issuer)
            signer = ("-CA", folder + "/issuer", "-CAkey", folder + "/issuer")
        openssl("req", "-x509", *key, "-nodes", "-subj", subject, "-days", str(days), "-config", conf, "-extensions", "ext", "-keyout", key_file,
                "-out", cert_file, *signer)
        with open(cert_file) as cert, open(key_file) as private:
            return cert.read() + private.read()
