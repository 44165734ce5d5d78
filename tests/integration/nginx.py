"""A real nginx with a page, a large file, a place for uploads and TLS, on ports of its own."""
import os
import shutil
import socket
import subprocess
import tempfile

from integration.support import wait_for


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Nginx:
    def __init__(self, certificate=None):
        """certificate: (certificate, key) in files; without, one that signs itself."""
        self.dir = tempfile.mkdtemp(prefix="sluice-nginx-")
        self.port, self.tls_port = free_port(), free_port()
        os.mkdir(self.dir + "/www")
        with open(self.dir + "/www/index.html", "w") as f:
            f.write("<!doctype html><title>Origin</title><h1>Page of the origin</h1>\n")
        with open(self.dir + "/www/big.bin", "wb") as f:
            f.write(os.urandom(1 << 20) * 20)
        cert, key = certificate or self.sign_itself()
        with open(self.dir + "/nginx.conf", "w") as f:
            f.write(f"""daemon off; pid {self.dir}/pid; error_log {self.dir}/error.log; user root; worker_processes 1;
events {{ worker_connections 4096; }}
http {{ access_log off; client_body_temp_path {self.dir}; proxy_temp_path {self.dir}; fastcgi_temp_path {self.dir};
  uwsgi_temp_path {self.dir}; scgi_temp_path {self.dir};
  server {{ listen 127.0.0.1:{self.port}; listen 127.0.0.1:{self.tls_port} ssl backlog=1024; ssl_certificate {cert}; ssl_certificate_key {key};
    root {self.dir}/www; client_max_body_size 100m;
    location /up/ {{ dav_methods PUT; create_full_put_path on; }}
    location /post/ {{ proxy_method PUT; proxy_pass http://127.0.0.1:{self.port}/up/; }} }} }}
""")
        self.process = subprocess.Popen(["nginx", "-c", self.dir + "/nginx.conf", "-p", self.dir], stderr=subprocess.DEVNULL)
        wait_for(self.listening, "nginx")

    def sign_itself(self):
        cert, key = self.dir + "/cert.pem", self.dir + "/key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-keyout", key,
                        "-out", cert, "-subj", "/CN=origin.test", "-addext", "subjectAltName=DNS:origin.test"], check=True, capture_output=True)
        return cert, key

    def listening(self):
        try:
            socket.create_connection(("127.0.0.1", self.tls_port), 1).close()
            return True
        except OSError:
            return False

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
