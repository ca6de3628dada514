port 9393
